import httpx
import pytest

from sandbox.client import Sandbox


@pytest.fixture(scope="module")
def href(sandbox: Sandbox) -> str:
    url = f"{sandbox.url}/stac/collections/files/items/era5-surface.grib"
    return httpx.get(url, trust_env=False).json()["assets"]["data"]["href"]


def test_head_tells_what_get_would_send(http: httpx.Client, href: str) -> None:
    head, get = http.head(href), http.get(href)

    assert head.content == b""
    assert int(head.headers["content-length"]) == len(get.content)
    assert head.headers["etag"] == get.headers["etag"]


def test_ranges_put_together_are_the_whole(http: httpx.Client, href: str) -> None:
    whole = http.get(href).content
    spans = ("bytes=0-999", "bytes=1000-", "bytes=-500")
    first, rest, last = (http.get(href, headers={"Range": span}) for span in spans)

    assert first.content + rest.content == whole
    assert last.content == whole[-500:]
    assert rest.status_code == 206
    assert rest.headers["content-range"] == f"bytes 1000-{len(whole) - 1}/{len(whole)}"


def test_a_range_beyond_the_end_is_refused(http: httpx.Client, href: str) -> None:
    assert http.get(href, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_a_range_of_another_version_gets_the_whole(http: httpx.Client, href: str) -> None:
    headers = {"Range": "bytes=1000-", "If-Range": '"another"'}

    assert http.get(href, headers=headers).status_code == 200


def test_a_body_can_be_cut_in_the_middle_and_resumed(
    http: httpx.Client, href: str, sandbox: Sandbox
) -> None:
    whole = http.get(href).content
    got = bytearray()

    def read() -> None:
        with http.stream("GET", href) as answer:
            assert int(answer.headers["content-length"]) == len(whole)
            for piece in answer.iter_bytes():
                got.extend(piece)

    with sandbox.fault("truncated_body", provider="stac", times=1):
        with pytest.raises(httpx.RemoteProtocolError):
            read()
        rest = http.get(href, headers={"Range": f"bytes={len(got)}-"}).content

    assert 0 < len(got) < len(whole)
    assert got + rest == whole


def test_a_page_of_html_can_come_instead(http: httpx.Client, href: str, sandbox: Sandbox) -> None:
    with sandbox.fault("html_instead_of_data", provider="stac", times=1):
        answer = http.get(href)

    assert (answer.status_code, answer.headers["content-type"][:9]) == (200, "text/html")


def test_a_slow_body_is_whole(http: httpx.Client, href: str, sandbox: Sandbox) -> None:
    whole = http.get(href).content
    with sandbox.fault("slow_body", provider="stac", seconds=0.01, chunk_bytes=20_000):
        slow = http.get(href).content

    assert slow == whole


def test_a_cut_connection_leaves_no_trace_in_the_log(sandbox: Sandbox, href: str) -> None:
    cut = sandbox.fault("truncated_body", provider="stac", times=1)
    with cut, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(href, trust_env=False)

    assert sandbox.log is not None
    assert "Traceback" not in sandbox.log.read_text()
