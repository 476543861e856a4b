import asyncio
import hashlib
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
        (Reply(BODY), len(BODY) - 9),
    ],
)
def test_fewer_or_more_bytes_than_promised_are_a_torn_transfer(
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

    with pytest.raises(errors.NotAProduct, match="came text/html"):
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

    with pytest.raises(errors.ForbiddenTarget, match="add the host to the provider's `hosts`"):
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
