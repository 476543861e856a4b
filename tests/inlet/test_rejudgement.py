from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from inlet import quarantine, steps
from inlet.errors import PortfolioBroken
from inlet.harvest import harvest
from inlet.house import House, opened
from inlet.portfolio import read_suite
from inlet.rejudgement import rejudge
from lake.ledger.states import ItemState
from lake.nouns import Window
from sandbox.client import Sandbox
from tests.inlet import gated
from tests.makers import NEW_YEAR, a_day
from transforms.quality.suite import Suite

TIGHT, WIDE = Suite.model_validate(gated.TOO_TIGHT), Suite.model_validate(gated.WIDE)


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> Iterator[House]:
    """Two items: one that is published, and one that is converted."""
    settings = gated.settings(tmp_path, sandbox)
    gated.demand(tmp_path, gated.WIDE)
    with opened(settings) as house:
        assert harvest(house, "sst", a_day()).published == 1
        _converted(house, Window(NEW_YEAR, NEW_YEAR + timedelta(days=2)))
        yield house


def _converted(house: House, window: Window) -> None:
    steps.discover(house, "sst", window)
    offers = steps.unfinished_offers(house, "sst")
    steps.place(house, offers)
    steps.land(house, offers)
    steps.assemble(house, "sst")
    assert len(steps.convert(house, steps.unfinished_items(house, "sst"))) == 1


def states(house: House) -> list[ItemState]:
    return [one.state for one in rejudge(house, "sst", 10, WIDE)]


def test_a_changed_suite_tells_what_would_fail_and_changes_nothing(house: House) -> None:
    before = states(house)

    found = rejudge(house, "sst", 10, TIGHT)

    assert [one.state for one in found] == [ItemState.CONVERTED, ItemState.PUBLISHED]
    assert [one.passed for one in found] == [False, False]
    assert "expected 0 to 1 K" in str(found[0].reason)
    assert states(house) == before


def test_only_the_last_are_judged(house: House) -> None:
    assert len(rejudge(house, "sst", 1, WIDE)) == 1
    assert rejudge(house, "era5", 5, WIDE) == []


def test_applied_it_holds_back_what_is_not_out_and_never_touches_what_is(house: House) -> None:
    found = rejudge(house, "sst", 10, TIGHT, apply=True)

    assert [one.quarantined_now for one in found] == [True, False]
    assert states(house) == [ItemState.QUARANTINED, ItemState.PUBLISHED]
    [case] = quarantine.cases(house)
    assert case.suite == "tight@2"


def test_what_was_released_in_spite_of_the_same_findings_stays_released(house: House) -> None:
    row = rejudge(house, "sst", 1, TIGHT, apply=True)[0].id
    [case] = quarantine.cases(house)
    quarantine.release(house, case.item.id, "Ada", "known")

    [found] = rejudge(house, "sst", 1, TIGHT, apply=True)

    assert (found.id, found.state, found.quarantined_now) == (row, ItemState.JUDGED, False)
    assert str(found.reason).startswith("released in spite of it")


def test_a_lost_metrics_table_is_told_of(house: House) -> None:
    for table in Path(house.store.url("cubes")).rglob("*.metrics.csv"):
        table.unlink()

    assert [one.passed for one in rejudge(house, "sst", 10, WIDE)] == [None, None]


def test_drift_is_judged_against_the_item_before(house: House) -> None:
    drift = {"drift": {gated.VARIABLE: {"mean_within": 1e-6, "std_within": 1e-6}}}

    newer, older = rejudge(house, "sst", 10, Suite.model_validate(drift))

    assert "sandbox-sst-20240101@" in str(newer.reason)
    assert older.passed  # the first has none before it


def test_a_suite_is_read_from_a_file_of_its_own_or_of_a_collection(tmp_path: Path) -> None:
    alone, within, wrong = (tmp_path / f"{name}.yaml" for name in ("alone", "within", "wrong"))
    alone.write_text("name: tight\ndrift: {t2m: {mean_within: 5}}\n")
    within.write_text("id: x\nquality:\n  name: tight\n  drift: {t2m: {mean_within: 5}}\n")
    wrong.write_text("id: x\nquality:\n  name: tight\n  drift: {t2m: {}}\n")

    assert read_suite(alone) == read_suite(within)
    with pytest.raises(PortfolioBroken, match=r"wrong.yaml:4: drift.t2m: .*came neither"):
        read_suite(wrong)
