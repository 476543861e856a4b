"""Every way out of quarantine, through the sandbox's providers to the published item."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from catalog import events
from inlet import places, quarantine
from inlet.errors import NotQuarantined, UnknownCollection, UnknownItem
from inlet.harvest import harvest
from inlet.house import House, opened
from inlet.settings import Settings
from lake.ledger import items, outbox, schema, work
from lake.ledger import quarantine as ledgered
from lake.ledger.quarantine import Kind
from lake.ledger.states import ItemState
from lake.nouns import ItemId
from sandbox.client import Sandbox
from tests.inlet import gated
from tests.makers import a_day


@pytest.fixture
def at(tmp_path: Path, sandbox: Sandbox) -> Settings:
    return gated.settings(tmp_path, sandbox)


@pytest.fixture
def house(at: Settings) -> Iterator[House]:
    with opened(at) as house:
        yield house


def evidence(house: House, row: ItemId) -> list[bool]:
    item = quarantine.case(house, row).item
    keys = (places.cube, places.metrics, places.report, places.data_docs)
    return [house.store.exists(key(item)) for key in keys]


def test_what_fails_is_held_back_with_its_evidence(house: House) -> None:
    case = gated.held_back(house)

    assert case.suite == "tight@2"
    assert [f.subject for f in case.findings] == [gated.VARIABLE]
    assert "expected 0 to 1 K" in str(case.item.reason)
    assert evidence(house, case.item.id) == [True] * 4


def test_a_release_is_published_with_its_waiver_in_item_and_report(house: House) -> None:
    row = gated.held_back(house).item.id
    quarantine.release(house, row, "Ada", "a known <offset>")

    assert quarantine.go_on(house, row) == ItemState.PUBLISHED

    case = quarantine.case(house, row)
    properties, assets = case.item.stac["properties"], case.item.stac["assets"]
    waiver = properties["inlet:waiver"]
    report = Path(urlsplit(assets["quality"]["href"]).path).read_text()
    assert not properties["inlet:passed"]
    assert (waiver["by"], waiver["reason"]) == ("Ada", "a known <offset>")
    assert [f["subject"] for f in waiver["findings"]] == [gated.VARIABLE]
    assert "Released" in report
    assert "by Ada on" in report
    assert "a known &lt;offset&gt;" in report
    assert {"quality", "datadocs", "quicklook"} <= set(assets)
    assert evidence(house, row) == [True] * 4
    with house.ledger.begin() as tx:
        told = [kept.signal.type for kept in outbox.tail(tx, 10)]
    assert told == [events.QUARANTINED, events.HARVEST_COMPLETED, events.CREATED]


def test_a_release_that_nobody_followed_up_is_published_by_the_next_harvest(at: Settings) -> None:
    with opened(at) as house:
        row = gated.held_back(house).item.id
        quarantine.release(house, row, "Ada", "known")  # and the process dies here

    with opened(at) as house:
        assert harvest(house, "sst", a_day()).published == 1
        assert "inlet:waiver" in quarantine.case(house, row).item.stac["properties"]


def test_the_same_findings_need_no_second_release(house: House) -> None:
    row = gated.held_back(house).item.id
    quarantine.release(house, row, "Ada", "known")
    with house.ledger.begin() as tx:  # as the census does where a cube is torn
        items.claim(tx, [ItemState.JUDGED], [row])
        work.move(tx, schema.item, row, ItemState.JUDGED, ItemState.ASSEMBLING)

    assert quarantine.go_on(house, row) == ItemState.PUBLISHED


def test_tried_again_it_is_judged_by_the_suite_of_today(at: Settings, tmp_path: Path) -> None:
    with opened(at) as house:
        row = gated.held_back(house).item.id
        quarantine.retry(house, row, "Ada", "look again")
        assert quarantine.go_on(house, row) == ItemState.QUARANTINED

    gated.demand(tmp_path, gated.WIDE)

    with opened(at) as house:
        quarantine.retry(house, row, "Ada", "the suite was wrong")
        assert quarantine.go_on(house, row) == ItemState.PUBLISHED
        case = quarantine.case(house, row)
        assert case.item.stac["properties"]["inlet:suite"] == "wide@3"
        assert "inlet:waiver" not in case.item.stac["properties"]
        assert [d.kind for d in case.decisions] == [Kind.RETRY, Kind.RETRY]


def test_tried_again_with_convert_the_cube_is_made_anew(at: Settings, tmp_path: Path) -> None:
    with opened(at) as house:
        case = gated.held_back(house)
        house.store.remove(places.cube(case.item))
    gated.demand(tmp_path, gated.WIDE)

    with opened(at) as house:
        quarantine.retry(house, case.item.id, "Ada", "torn", convert=True)

        assert quarantine.go_on(house, case.item.id) == ItemState.PUBLISHED
        assert evidence(house, case.item.id) == [True] * 4


def test_what_is_discarded_stays_out_with_its_reason_and_evidence(house: House) -> None:
    row = gated.held_back(house).item.id
    quarantine.discard(house, row, "Ada", "the instrument was broken")

    assert harvest(house, "sst", a_day()).published == 0
    case = quarantine.case(house, row)
    assert case.item.state == ItemState.WITHDRAWN
    assert case.item.reason == "discarded by Ada: the instrument was broken"
    assert evidence(house, row) == [True] * 4
    assert quarantine.cases(house) == []


def test_what_is_not_in_quarantine_is_left_as_it_is(house: House) -> None:
    row = gated.held_back(house).item.id
    quarantine.release(house, row, "Ada", "known")

    with pytest.raises(NotQuarantined, match="expected it in quarantine, it is judged"):
        quarantine.discard(house, row, "Bob", "no")
    with pytest.raises(UnknownItem, match="came 99"):
        quarantine.retry(house, ItemId(99), "Bob", "no")

    with house.ledger.begin() as tx:
        assert [d.by for d in ledgered.decisions(tx, row)] == ["Ada"]


def test_what_left_the_portfolio_can_only_be_discarded(at: Settings, tmp_path: Path) -> None:
    with opened(at) as house:
        row = gated.held_back(house).item.id
    (tmp_path / "portfolio" / "collections" / "sst.yaml").unlink()

    with opened(at) as house:
        for decide in (quarantine.release, quarantine.retry):
            with pytest.raises(UnknownCollection, match=r"sst left the portfolio.*or discard"):
                decide(house, row, "Ada", "known")
        assert quarantine.case(house, row).item.state == ItemState.QUARANTINED

        quarantine.discard(house, row, "Ada", "nobody wants it any more")
        assert quarantine.case(house, row).item.state == ItemState.WITHDRAWN


def test_a_decision_keeps_what_the_gate_had_against_it(house: House) -> None:
    row = gated.held_back(house).item.id
    quarantine.retry(house, row, "Ada", "look again")

    [made] = quarantine.case(house, row).decisions

    assert json.dumps(made.findings).count(gated.VARIABLE) == 1
