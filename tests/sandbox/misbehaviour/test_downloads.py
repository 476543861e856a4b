"""What faults of downloads look like to a client."""

import httpx
import pytest

from sandbox.client import Sandbox
from tests.sandbox.families import Visitor
from tests.sandbox.listings import Listed


def test_a_page_may_come_instead_of_data(sandbox: Sandbox, stac: Visitor, tick: Listed) -> None:
    with sandbox.fault("html_instead_of_data", provider="stac"):
        html = stac.read(tick.href)
    with sandbox.fault("json_instead_of_data", provider="stac", declared="application/wmo-GRIB2"):
        status = stac.read(tick.href)

    assert (html.status_code, html.headers["content-type"][:9]) == (200, "text/html")
    assert status.json()["status"] == "running"
    assert status.headers["content-type"] == "application/wmo-GRIB2"


def test_nothing_may_come(sandbox: Sandbox, stac: Visitor, tick: Listed) -> None:
    with sandbox.fault("empty_body", provider="stac"):
        answer = stac.read(tick.href)

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("name", ["truncated_body", "reset_midway"])
def test_a_body_may_break_off(sandbox: Sandbox, stac: Visitor, tick: Listed, name: str) -> None:
    with (
        sandbox.fault(name, provider="stac"),
        stac.http.stream("GET", tick.href) as answer,
        pytest.raises(httpx.TransportError),
    ):
        answer.read()

    assert int(answer.headers["content-length"]) == tick.size
    assert answer.num_bytes_downloaded < (tick.size or 0)


def test_a_body_without_length_may_end_cleanly_too_soon(
    sandbox: Sandbox, stac: Visitor, tick: Listed
) -> None:
    with sandbox.fault("truncated_without_length", provider="stac"):
        answer = stac.read(tick.href)

    assert answer.is_success
    assert "content-length" not in answer.headers
    assert 0 < len(answer.content) < (tick.size or 0)


def test_a_body_may_stall(sandbox: Sandbox, stac: Visitor, tick: Listed) -> None:
    with (
        sandbox.fault("stalled_body", provider="stac"),
        stac.http.stream("GET", tick.href, timeout=0.2) as answer,
        pytest.raises(httpx.ReadTimeout),
    ):
        answer.read()


def test_a_slow_body_is_whole(sandbox: Sandbox, stac: Visitor, tick: Listed) -> None:
    with sandbox.fault("slow_body", provider="stac", seconds=0.001, chunk_bytes=50):
        assert len(stac.read(tick.href).content) == tick.size


def test_ranges_may_be_ignored_or_answered_with_lies(
    sandbox: Sandbox, stac: Visitor, tick: Listed
) -> None:
    whole = stac.read(tick.href).content
    with sandbox.fault("no_range", provider="stac"):
        ignored = stac.read(tick.href, Range="bytes=10-")
    with sandbox.fault("range_lies", provider="stac"):
        lie = stac.read(tick.href, Range="bytes=10-")

    assert (ignored.status_code, ignored.content) == (200, whole)
    assert (lie.status_code, len(lie.content)) == (206, len(whole) - 10)
    assert lie.headers["content-range"] == f"bytes 10-{len(whole) - 1}/{len(whole)}"
    assert lie.content != whole[10:]


def test_the_product_may_change_between_two_ranges(
    sandbox: Sandbox, stac: Visitor, tick: Listed
) -> None:
    first = stac.read(tick.href)
    with sandbox.fault("etag_changes_midway", provider="stac"):
        careless = stac.read(tick.href, Range="bytes=10-")
        headers = {"Range": "bytes=10-", "If-Range": first.headers["etag"]}
        careful = stac.http.get(tick.href, headers=headers)

    assert careless.status_code == 206
    assert careless.headers["etag"] != first.headers["etag"]
    assert first.content[:10] + careless.content != first.content
    assert (careful.status_code, len(careful.content)) == (200, tick.size)


def test_a_file_name_may_be_a_path(sandbox: Sandbox, stac: Visitor, tick: Listed) -> None:
    with sandbox.fault("evil_filename", provider="stac"):
        answer = stac.read(tick.href)

    assert 'filename="../../inlet-evil.txt"' in answer.headers["content-disposition"]


def test_a_redirect_may_lead_to_another_host_which_records_what_it_is_sent(
    sandbox: Sandbox, stac: Visitor, tick: Listed
) -> None:
    with sandbox.fault("redirect_elsewhere", provider="stac"):
        answer = stac.http.get(tick.href, headers={"X-API-Key": "secret"}, follow_redirects=True)

    assert len(answer.content) == tick.size
    assert str(answer.url).startswith(sandbox.elsewhere_url())
    assert sandbox.asked_elsewhere()[-1].headers["x-api-key"] == "secret"


def test_a_redirect_may_lead_into_the_private_network(
    sandbox: Sandbox, stac: Visitor, tick: Listed
) -> None:
    with sandbox.fault("redirect_to_private", provider="stac"):
        answer = stac.read(tick.href)

    assert answer.headers["location"] == "http://169.254.169.254/latest/meta-data/"
