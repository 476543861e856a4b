import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sandbox.client import Sandbox, SandboxError
from sandbox.kinds import LISTS
from tests.sandbox.families import Visitor
from tests.sandbox.listings import TICKS

FIRST = "tick-20240101T0000"


@pytest.fixture(autouse=True)
def _as_it_was(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.reset()


def item(http: httpx.Client, name: str = FIRST, collection: str = TICKS) -> dict:
    return http.get(f"/stac/collections/{collection}/items/{name}").raise_for_status().json()


def content_of(http: httpx.Client, found: dict) -> bytes:
    return http.get(found["assets"]["data"]["href"]).content


@pytest.mark.parametrize(
    ("collection", "name"), [(TICKS, FIRST), ("sandbox-sst", "sandbox-sst-20240101")]
)
def test_a_revision_has_a_later_stamp_and_other_bytes(
    http: httpx.Client, sandbox: Sandbox, collection: str, name: str
) -> None:
    old = item(http, name, collection)
    told = sandbox.revise(collection, name)
    new = item(http, name, collection)
    content = content_of(http, new)

    assert old["properties"]["updated"] < new["properties"]["updated"]
    assert datetime.fromisoformat(new["properties"]["updated"]) == told.updated
    assert old["properties"]["published"] == new["properties"]["published"]
    checksum = new["assets"]["data"]["file:checksum"]
    assert checksum == f"1220{hashlib.sha256(content).hexdigest()}"
    assert checksum != old["assets"]["data"]["file:checksum"]


def test_revisions_differ_even_while_time_stands_still(sandbox: Sandbox) -> None:
    sandbox.set_clock(datetime(2024, 5, 1, tzinfo=UTC))
    stamps = [sandbox.revise(TICKS, FIRST).updated for _ in range(2)]

    assert stamps == [datetime(2024, 5, 1, 0, 0, s, tzinfo=UTC) for s in (0, 1)]


def test_bytes_may_change_under_their_old_stamp(http: httpx.Client, sandbox: Sandbox) -> None:
    old = item(http)
    sandbox.revise(TICKS, FIRST, is_told=False)
    new = item(http)

    assert new["properties"] == old["properties"]
    assert new["assets"] != old["assets"]


def test_a_late_arrival_has_data_of_a_day_long_listed(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    first, second = sandbox.publish_late(TICKS), sandbox.publish_late(TICKS)
    there = sandbox.publish_late(TICKS, datetime(2024, 1, 9, 1, tzinfo=UTC))
    found = item(http, first.id)

    assert first.start == datetime(2024, 1, 1, 6, tzinfo=UTC)
    assert second.start == datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert there.start == datetime(2024, 1, 9, 1, tzinfo=UTC)
    assert first.published - first.start > timedelta(days=100)
    assert content_of(http, found) != content_of(http, item(http, "tick-20240101T0600"))


def test_what_is_retracted_is_gone_from_every_room(sandbox: Sandbox, http: httpx.Client) -> None:
    href = item(http)["assets"]["data"]["href"]
    sandbox.retract(TICKS, FIRST)
    left = {family: Visitor(sandbox, family).search(3).ids for family in LISTS}

    assert all(FIRST not in ids for ids in left.values())
    assert http.get(href).status_code == 404
    with pytest.raises(SandboxError, match="404"):
        sandbox.retract(TICKS, FIRST)


def test_a_late_arrival_comes_to_every_room(sandbox: Sandbox) -> None:
    late = sandbox.publish_late(TICKS, datetime(2024, 1, 1, tzinfo=UTC))

    for family in LISTS:
        visitor = Visitor(sandbox, family)
        (product,) = [p for p in visitor.search(5, 5).products if p.id == late.id]
        assert visitor.read(product.href).content.endswith(b"7777")


def test_what_is_published_later_than_the_clock_is_not_offered_yet(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    sandbox.set_clock(datetime(2024, 1, 3, 3, tzinfo=UTC))
    before = http.post("/stac/search", json={"collections": [TICKS]}).json()["numberMatched"]
    sandbox.set_clock(datetime(2024, 1, 4, 3, tzinfo=UTC))
    after = http.post("/stac/search", json={"collections": [TICKS]}).json()["numberMatched"]
    late = sandbox.publish_late(TICKS)

    assert (before, after) == (9, 13)
    assert late.published == datetime(2024, 1, 4, 3, tzinfo=UTC)


def test_reset_undoes_everything(http: httpx.Client, sandbox: Sandbox) -> None:
    old = item(http)
    sandbox.set_clock(datetime(2024, 1, 9, tzinfo=UTC))
    sandbox.revise(TICKS, FIRST)
    sandbox.publish_late(TICKS)
    sandbox.reset()

    assert item(http) == old
    found = http.post("/stac/search", json={"collections": [TICKS]}).json()
    assert found["numberMatched"] == 360


def test_a_file_that_was_given_is_not_revised(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("data")
    (data / "given.grib").write_bytes(b"GRIB")
    with Sandbox.start(data=data) as own, pytest.raises(SandboxError, match="made here"):
        own.revise("files", "given.grib")
