"""Each way to disagree is made for real, named, mended, and gone."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from catalog import events
from harvesters.errors import HarvestError
from inlet.census.census import Depth, take
from inlet.census.gaps import NOTES, Kind
from inlet.census.repair import repair
from inlet.house import House
from lake.ledger import items, outbox
from lake.ledger.schema import delivery
from lake.ledger.schema import outbox as outbox_table
from sandbox.client import Sandbox
from tests.inlet.census.breaking import (
    CASES,
    DAY,
    Case,
    a_byte_of_a_granule_flips,
    a_chunk_of_a_cube_vanishes,
    a_cube_that_nobody_knows,
    an_entry_that_nobody_published,
    an_event_is_lost,
    bytes_that_nobody_knows,
)
from tests.inlet.three_days import WINDOW

AT_ONCE = Depth(deep=True, grace=timedelta(0))


def test_every_kind_is_made_by_a_case_and_every_gap_is_mended_but_notes() -> None:
    assert {case.kind for case in CASES} == set(Kind)
    assert {case.kind for case in CASES if not case.is_mended} == NOTES


def test_an_undisturbed_harvest_is_complete(house: House) -> None:
    census = take(house, "sst", WINDOW, AT_ONCE)

    assert census.gaps == ()
    assert (census.is_complete, census.listed) == (True, 3)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.breaks.__name__)
def test_a_gap_is_named_and_mended_and_gone(house: House, sandbox: Sandbox, case: Case) -> None:
    with case.breaks(house, sandbox):
        broken = take(house, "sst", WINDOW, AT_ONCE)
    assert broken.counts[case.kind] > 0, broken.gaps
    assert {gap.kind for gap in broken.gaps} == {case.kind}, broken.gaps
    assert broken.is_complete == (not case.is_mended)

    repair(house, broken)
    after = take(house, "sst", WINDOW, AT_ONCE)

    assert after.is_complete, after.gaps
    if case.is_mended:
        assert after.gaps == ()


def test_a_shallow_census_sees_no_flipped_byte(house: House, sandbox: Sandbox) -> None:
    with a_byte_of_a_granule_flips(house, sandbox):
        assert take(house, "sst", WINDOW).is_complete


@pytest.mark.parametrize(
    "strays",
    [bytes_that_nobody_knows, a_cube_that_nobody_knows, an_entry_that_nobody_published],
)
def test_what_is_young_may_still_be_on_its_way(house: House, sandbox: Sandbox, strays) -> None:
    with strays(house, sandbox):
        assert take(house, "sst", WINDOW, Depth(grace=timedelta(hours=1))).is_complete


@pytest.mark.parametrize("strays", [a_cube_that_nobody_knows, an_entry_that_nobody_published])
def test_what_nobody_knows_is_moved_aside_and_never_deleted(
    house: House, sandbox: Sandbox, strays
) -> None:
    before = _contents(house.settings.home, "zarr.json", "ghost.json")
    with strays(house, sandbox):
        laid = _contents(house.settings.home, "zarr.json", "ghost.json")
        repair(house, take(house, "sst", WINDOW, AT_ONCE))

    assert laid != before
    assert _contents(house.settings.home, "zarr.json", "ghost.json") == laid
    assert list(house.settings.home.glob("*/.lost+found/*"))


def test_a_lost_event_is_written_again_under_the_id_it_had(house: House, sandbox: Sandbox) -> None:
    with house.ledger.begin() as tx:
        known = {kept.signal.id for kept in outbox.tail(tx, 10)}
    with an_event_is_lost(house, sandbox):
        repair(house, take(house, "sst", WINDOW, AT_ONCE))

    with house.ledger.begin() as tx:
        assert {kept.signal.id for kept in outbox.tail(tx, 10)} == known


def test_who_listens_knows_what_is_out_however_often_it_was_mended(
    house: House, sandbox: Sandbox
) -> None:
    for _ in range(2):
        with a_chunk_of_a_cube_vanishes(house, sandbox):
            repair(house, take(house, "sst", WINDOW, AT_ONCE))
        assert believed(house) == out(house)

    with a_chunk_of_a_cube_vanishes(house, sandbox):
        broken = take(house, "sst", WINDOW, AT_ONCE)
    with sandbox.fault("unavailable", provider="stac"), pytest.raises(HarvestError):
        repair(house, broken)
    assert believed(house) == out(house)
    assert len(out(house)) == 2


def test_a_lost_event_of_what_was_mended_is_missed_and_written_again(
    house: House, sandbox: Sandbox
) -> None:
    with a_chunk_of_a_cube_vanishes(house, sandbox):
        repair(house, take(house, "sst", WINDOW, AT_ONCE))
    with house.ledger.begin() as tx:
        last = outbox.about(tx, f"sst/{DAY}", events.CREATED)[-1]
        tx.connection.execute(delete(delivery))
        tx.connection.execute(delete(outbox_table).where(outbox_table.c.event_id == last.id))
    assert believed(house) != out(house)

    repair(house, take(house, "sst", WINDOW, AT_ONCE))
    assert believed(house) == out(house)


def out(house: House) -> dict[str, Any]:
    """The items that are out, by their subject."""
    with house.ledger.begin() as tx:
        return {f"{row.collection}/{row.key}": row.stac for row in items.published(tx)}


def believed(house: House) -> dict[str, Any]:
    """The items that are out, as one knows them who only listens."""
    heard: dict[str, Any] = {}
    with house.ledger.begin() as tx:
        told = [kept.signal for kept in outbox.tail(tx, 99)]
    for signal in told:
        if signal.type in events.ITEM_OUT:
            heard[signal.subject] = json.loads(signal.data)
        elif signal.type == events.DELETED:
            del heard[signal.subject]
    return heard


def test_taking_a_census_changes_nothing(house: House, sandbox: Sandbox) -> None:
    sandbox.publish_late("sandbox-sst", WINDOW.start)
    with house.ledger.begin() as tx:
        before = list(tx.connection.exec_driver_sql("SELECT * FROM offer ORDER BY id"))
        windows = list(tx.connection.exec_driver_sql("SELECT * FROM window"))

    take(house, "sst", WINDOW, AT_ONCE)

    with house.ledger.begin() as tx:
        assert list(tx.connection.exec_driver_sql("SELECT * FROM offer ORDER BY id")) == before
        assert list(tx.connection.exec_driver_sql("SELECT * FROM window")) == windows


def test_a_mended_cube_is_the_same_cube(house: House, sandbox: Sandbox) -> None:
    [case] = [c for c in CASES if c.breaks.__name__ == "a_byte_of_a_cube_flips"]
    cube = house.settings.home / "lake" / "cubes" / "sst" / DAY
    before = _contents(cube)
    with case.breaks(house, sandbox):
        repair(house, take(house, "sst", WINDOW, AT_ONCE))

    assert _contents(next(cube.glob("*.zarr"))) <= before


def _contents(directory: Path, *names: str) -> set[bytes]:
    files = (f for f in directory.rglob("*") if f.is_file() and (not names or f.name in names))
    return {file.read_bytes() for file in files}
