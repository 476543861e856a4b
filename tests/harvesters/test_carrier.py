import asyncio
import base64
import gzip
import hashlib
import random
from dataclasses import replace
from pathlib import Path

import pytest

from harvesters import errors
from harvesters.carrier import Carried, carry
from harvesters.gateway import Policy, Remote
from lake import multihash
from tests.harvesters.samples import grib2
from tests.harvesters.tiny_server import Reply, TinyServer

BODY = grib2(b"x" * 4000)
SECRET = {"PRIVATE-TOKEN": "secret"}


def fetch(
    remote: Remote, into: Path, *servers: TinyServer, allow_private: bool = True, **limits: float
) -> Carried:
    hosts = frozenset(server.host for server in servers)
    policy = Policy(hosts, allow_private=allow_private, **limits)  # type: ignore[arg-type]
    (carried,) = asyncio.run(carry([remote], into, policy))
    return carried


def test_bytes_come_whole_under_a_name_of_ours(tmp_path: Path, server: TinyServer) -> None:
    evil = {"Content-Disposition": 'attachment; filename="../../evil"'}
    url = server.put("/data", Reply(BODY, headers=evil))
    carried = fetch(Remote(url, "../data"), tmp_path, server)

    assert carried.path == tmp_path / "0000"
    assert carried.path.read_bytes() == BODY
    assert carried.digest == multihash.of_bytes(BODY)
    assert carried.size == len(BODY)


def test_many_come_in_their_order(tmp_path: Path, server: TinyServer) -> None:
    remotes = [Remote(server.put(f"/{n}", Reply(bytes([0, n]))), f"{n}") for n in range(20)]
    policy = Policy(frozenset({server.host}), allow_private=True, parallel=3)

    carried = asyncio.run(carry(remotes, tmp_path, policy))
    assert [c.path.read_bytes() for c in carried] == [bytes([0, n]) for n in range(20)]


@pytest.mark.parametrize(
    ("reply", "promised"),
    [
        (Reply(BODY[:-9], length=len(BODY)), None),
        (Reply(BODY[:-9], length=-1), len(BODY)),
    ],
)
def test_fewer_bytes_than_promised_are_a_torn_transfer(
    tmp_path: Path, server: TinyServer, reply: Reply, promised: int | None
) -> None:
    remote = Remote(server.put("/a", reply), "a", size=promised)

    with pytest.raises(errors.TornTransfer):
        fetch(remote, tmp_path, server)


@pytest.mark.parametrize(
    "checksum",
    [
        multihash.of_bytes(BODY),
        multihash.of_bytes(BODY).upper(),
        hashlib.md5(BODY, usedforsecurity=False).hexdigest(),
        "d50110" + hashlib.md5(BODY, usedforsecurity=False).hexdigest(),
    ],
)
def test_a_checksum_holds_or_is_found_wrong(
    tmp_path: Path, server: TinyServer, checksum: str
) -> None:
    good = Remote(server.put("/a", Reply(BODY)), "a", checksum=checksum)
    fetch(good, tmp_path, server)
    bad = Remote(server.put("/b", Reply(grib2(b"y" * 4000))), "b", checksum=checksum)

    (tmp_path / "b").mkdir()
    with pytest.raises(errors.WrongChecksum, match="discover again"):
        fetch(bad, tmp_path / "b", server)


def test_a_whole_page_of_another_size_is_no_torn_product(
    tmp_path: Path, server: TinyServer
) -> None:
    remote = Remote(server.put("/a", Reply(b"<html>Log in</html>")), "a", size=len(BODY))

    with pytest.raises(errors.PageInstead, match="came text/html"):
        fetch(remote, tmp_path, server)


def test_a_redirect_within_the_allowed_hosts_is_followed(
    tmp_path: Path, server: TinyServer, elsewhere: TinyServer
) -> None:
    target = elsewhere.put("/data", Reply(BODY))
    url = server.put("/a", Reply(status=302, headers={"Location": target}))

    assert fetch(Remote(url, "a"), tmp_path, server, elsewhere).size == len(BODY)


def test_a_redirect_to_a_forbidden_host_is_refused_before_it_is_asked(
    tmp_path: Path, server: TinyServer, elsewhere: TinyServer
) -> None:
    target = elsewhere.put("/data", Reply(BODY))
    url = server.put("/a", Reply(status=302, headers={"Location": target}))

    with pytest.raises(
        errors.ForbiddenTarget, match=f"add {elsewhere.host} to the provider's `hosts`"
    ):
        fetch(Remote(url, "a"), tmp_path, server)
    assert elsewhere.asked == []


def test_credentials_follow_a_redirect_within_their_origin_and_not_beyond(
    tmp_path: Path, server: TinyServer, elsewhere: TinyServer
) -> None:
    target = elsewhere.put("/data", Reply(BODY))
    server.put("/b", Reply(status=307, headers={"Location": target}))
    url = server.put("/a", Reply(status=302, headers={"Location": "/b"}))
    fetch(Remote(url, "a", headers=SECRET), tmp_path, server, elsewhere)

    assert server.headers_at("/a")["private-token"] == "secret"
    assert server.headers_at("/b")["private-token"] == "secret"
    assert "private-token" not in elsewhere.headers_at("/data")


def test_redirects_in_a_circle_end(tmp_path: Path, server: TinyServer) -> None:
    url = server.put("/a", Reply(status=302, headers={"Location": "/a"}))

    with pytest.raises(errors.ForbiddenTarget, match="at most 5 redirects"):
        fetch(Remote(url, "a"), tmp_path, server)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://h/x", "", "http://", "http://[x"])
def test_only_http_leaves_the_house(tmp_path: Path, server: TinyServer, url: str) -> None:
    with pytest.raises((errors.ForbiddenTarget, errors.ProviderUnreachable)):
        fetch(Remote(url, "a"), tmp_path, server)


def test_loopback_is_forbidden_unless_it_is_allowed(tmp_path: Path, server: TinyServer) -> None:
    url = server.put("/a", Reply(BODY))

    with pytest.raises(errors.ForbiddenTarget, match="allow_private: true"):
        fetch(Remote(url, "a"), tmp_path, server, allow_private=False)
    assert server.asked == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, errors.RequestRefused),
        (401, errors.ProviderRefused),
        (403, errors.ProviderRefused),
        (404, errors.Vanished),
        (410, errors.Vanished),
        (429, errors.RateLimited),
        (500, errors.ProviderUnreachable),
        (503, errors.ProviderUnreachable),
        (204, errors.ProviderUnreachable),
    ],
)
def test_a_status_is_the_error_that_it_means(
    tmp_path: Path, server: TinyServer, status: int, error: type[errors.HarvestError]
) -> None:
    url = server.put("/a", Reply(status=status, headers={"Retry-After": "7"}))

    with pytest.raises(error) as caught:
        fetch(Remote(url + "?token=secret", "a"), tmp_path, server)
    assert "secret" not in str(caught.value)
    if isinstance(caught.value, errors.RateLimited):
        assert caught.value.retry_after_seconds == 7


def test_a_server_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    policy = Policy(frozenset({"127.0.0.1:9"}), allow_private=True)

    with pytest.raises(errors.ProviderUnreachable):
        asyncio.run(carry([Remote("http://127.0.0.1:9/a", "a")], tmp_path, policy))


def test_a_body_larger_than_allowed_is_stopped(tmp_path: Path, server: TinyServer) -> None:
    remote = Remote(server.put("/a", Reply(BODY)), "a")

    with pytest.raises(errors.TooLarge, match="max_bytes"):
        fetch(remote, tmp_path, server, max_bytes=100)


def test_a_deadline_ends_a_transfer(tmp_path: Path, server: TinyServer) -> None:
    remote = Remote(server.put("/a", Reply(BODY)), "a")

    with pytest.raises(errors.SlowTransfer, match="expected all bytes within"):
        fetch(remote, tmp_path, server, total_seconds=0)


WHOLE = grib2(random.Random(4).randbytes(3_000_000))
TAGGED = {"ETag": '"v1"'}


def resumable(**of: object) -> Reply:
    return Reply(WHOLE, headers=TAGGED, is_ranged=True, **of)  # type: ignore[arg-type]


def test_a_transfer_that_broke_off_goes_on_with_the_rest(
    tmp_path: Path, server: TinyServer
) -> None:
    url = server.put("/a", resumable(breaks_after=2_000_000, pause_seconds=0.3), resumable())
    carried = fetch(Remote(url, "a"), tmp_path, server)

    assert carried.path.read_bytes() == WHOLE
    assert carried.digest == multihash.of_bytes(WHOLE)
    assert server.asked[1][1]["if-range"] == '"v1"'
    assert sum(server.sent_bytes) < len(WHOLE) + 1_000_000


def test_another_process_goes_on_where_the_last_one_ended(
    tmp_path: Path, server: TinyServer
) -> None:
    short = resumable(breaks_after=1_000_000, pause_seconds=0.2)
    url = server.put("/a", *[short] * 1, Reply(status=503))
    with pytest.raises(errors.ProviderUnreachable):
        fetch(Remote(url + "?signature=1", "a"), tmp_path, server)
    server.put("/a", resumable())
    carried = fetch(Remote(url + "?signature=2", "a"), tmp_path, server)

    assert carried.path.read_bytes() == WHOLE
    assert server.sent_bytes[-1] <= len(WHOLE) - 1_000_000 + 4096


@pytest.mark.parametrize(
    "second",
    [
        Reply(WHOLE, headers={"ETag": '"v2"'}, is_ranged=True),
        Reply(WHOLE, headers=TAGGED),
        Reply(status=416),
        Reply(WHOLE[7:], 206, {**TAGGED, "Content-Range": f"bytes 7-{len(WHOLE) - 1}/*"}),
        Reply(b"x" * 100, 206, {**TAGGED, "Content-Range": f"bytes 1995904-1996003/{len(WHOLE)}"}),
        Reply(b"x" * 100, 206, TAGGED),
    ],
    ids=["another-etag", "no-range", "unsatisfiable", "elsewhere", "other-bytes", "no-span"],
)
def test_what_does_not_go_on_where_the_file_ends_is_asked_for_afresh(
    tmp_path: Path, server: TinyServer, second: Reply
) -> None:
    short = resumable(breaks_after=2_000_000, pause_seconds=0.3)
    last = Reply(WHOLE, headers=second.headers, is_ranged=True)
    url = server.put("/a", short, second, last)

    carried = fetch(Remote(url, "a"), tmp_path, server)
    assert carried.path.read_bytes() == WHOLE
    assert carried.digest == multihash.of_bytes(WHOLE)


def test_a_file_that_is_another_midway_is_asked_for_again_from_its_beginning(
    tmp_path: Path, server: TinyServer
) -> None:
    other = WHOLE[::-1]
    short = resumable(breaks_after=2_000_000, pause_seconds=0.3)
    changed = Reply(other, headers={"ETag": '"v2"'})
    url = server.put("/a", short, changed, resumable())

    carried = fetch(Remote(url, "a"), tmp_path, server)
    assert carried.digest == multihash.of_bytes(WHOLE)
    assert ["range" in asked for _, asked in server.asked] == [False, True, False]


def test_a_file_that_is_another_for_good_comes_as_that(tmp_path: Path, server: TinyServer) -> None:
    other = WHOLE[::-1] + b"7777"
    short = resumable(breaks_after=2_000_000, pause_seconds=0.3)
    url = server.put("/a", short, Reply(other, headers={"ETag": '"v2"'}, is_ranged=True))

    assert fetch(Remote(url, "a"), tmp_path, server).digest == multihash.of_bytes(other)


def test_only_a_checksum_that_holds_proves_what_came(tmp_path: Path, server: TinyServer) -> None:
    url = server.put("/a", Reply(BODY, headers=TAGGED))
    promised = Remote(url, "a", size=len(BODY), checksum=multihash.of_bytes(BODY))

    assert fetch(promised, tmp_path, server).is_proven
    assert not fetch(Remote(url, "a", size=len(BODY)), tmp_path, server).is_proven


def test_a_file_that_cannot_be_told_from_another_is_not_gone_on_with(
    tmp_path: Path, server: TinyServer
) -> None:
    plain = Reply(WHOLE, is_ranged=True)
    short = replace(plain, breaks_after=1_000_000, pause_seconds=0.2)
    url = server.put("/a", short, plain)

    assert fetch(Remote(url, "a"), tmp_path, server).size == len(WHOLE)
    assert all("range" not in asked for _, asked in server.asked)


def test_a_body_that_stalls_is_broken_off(tmp_path: Path, server: TinyServer) -> None:
    url = server.put("/a", Reply(BODY, breaks_after=100, pause_seconds=1))

    with pytest.raises(errors.SlowTransfer, match=r"at least every 0\.2 s"):
        fetch(Remote(url, "a"), tmp_path, server, stall_seconds=0.2)


def test_promises_that_contradict_each_other_are_said_to(
    tmp_path: Path, server: TinyServer
) -> None:
    remote = Remote(server.put("/a", Reply(BODY)), "a", size=len(BODY) - 9)

    with pytest.raises(errors.ConflictingPromises, match="4011 bytes by the metadata, and 4020"):
        fetch(remote, tmp_path, server)


def test_a_checksum_that_holds_outweighs_a_wrong_size(tmp_path: Path, server: TinyServer) -> None:
    url = server.put("/a", Reply(BODY))
    remote = Remote(url, "a", size=len(BODY) - 9, checksum=multihash.of_bytes(BODY))

    assert fetch(remote, tmp_path, server).size == len(BODY)


def test_two_checksums_of_which_one_fails_contradict_each_other(
    tmp_path: Path, server: TinyServer
) -> None:
    md5 = base64.b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()
    url = server.put("/a", Reply(BODY, headers={"Content-MD5": md5}))

    with pytest.raises(errors.WrongChecksum, match="expected md5"):
        fetch(Remote(url, "a"), tmp_path, server)
    with pytest.raises(errors.ConflictingPromises, match="md5 of the server, which does not"):
        fetch(Remote(url, "a", checksum=multihash.of_bytes(BODY)), tmp_path, server)


def test_a_body_compressed_for_the_way_is_never_unpacked_on_the_way(
    tmp_path: Path, server: TinyServer
) -> None:
    bomb = gzip.compress(bytes(1 << 20))
    url = server.put("/a", Reply(bomb, headers={"Content-Encoding": "gzip"}))
    brotli = server.put("/b", Reply(b"??", headers={"Content-Encoding": "br"}))

    assert fetch(Remote(url, "a"), tmp_path, server).size == len(bomb)
    assert server.headers_at("/a")["accept-encoding"] == "identity"
    with pytest.raises(errors.EncodedBody, match="came br"):
        fetch(Remote(brotli, "b"), tmp_path, server)


def test_cookies_are_not_kept(tmp_path: Path, server: TinyServer) -> None:
    server.put("/b", Reply(BODY))
    headers = {"Location": "/b", "Set-Cookie": "session=1; Path=/"}
    fetch(Remote(server.put("/a", Reply(status=302, headers=headers)), "a"), tmp_path, server)

    assert "cookie" not in server.headers_at("/b")


def test_a_name_that_leads_to_a_private_address_is_refused_before_it_is_asked(
    tmp_path: Path, server: TinyServer
) -> None:
    port = server.host.partition(":")[2]
    server.put("/a", Reply(BODY))
    policy = Policy(frozenset({f"localhost:{port}"}))

    with pytest.raises(errors.ForbiddenTarget, match="localhost, which leads to"):
        asyncio.run(carry([Remote(f"http://localhost:{port}/a", "a")], tmp_path, policy))
    assert server.asked == []


def test_a_redirect_to_the_metadata_of_the_cloud_is_refused_even_where_private_is_allowed(
    tmp_path: Path, server: TinyServer
) -> None:
    target = "http://169.254.169.254/latest/meta-data/"
    url = server.put("/a", Reply(status=302, headers={"Location": target}))
    policy = Policy(frozenset({server.host, "169.254.169.254:80"}), allow_private=True)

    with pytest.raises(errors.ForbiddenTarget, match=r"169\.254\.169\.254"):
        asyncio.run(carry([Remote(url, "a")], tmp_path, policy))


def test_more_than_the_disk_holds_is_not_begun(tmp_path: Path, server: TinyServer) -> None:
    remote = Remote(server.put("/a", Reply(BODY, length=1 << 60)), "a")

    with pytest.raises(errors.NoRoom, match="expected room for"):
        fetch(remote, tmp_path, server, max_bytes=1 << 61)
