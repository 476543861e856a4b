from pathlib import Path

from lake.ledger import items
from lake.ledger.items import Extent, revision_name
from lake.ledger.ledger import Transaction
from lake.ledger.states import ItemState
from lake.nouns import ItemId
from tests.makers import NEW_YEAR, a_granule, a_ledger, an_offer, landed

EVERYWHERE = Extent(NEW_YEAR, NEW_YEAR, (-180.0, -90.0, 180.0, 90.0))


def test_an_item_waits_for_all_its_parts(tmp_path: Path) -> None:
    with a_ledger(tmp_path).begin() as tx:
        first = landed(tx, an_offer("a", part="sfc"), [a_granule("sfc", "sfc")])
        assert items.assemble(tx, [first], ["sfc", "pl"]) == []

        second = landed(tx, an_offer("b", part="pl"), [a_granule("pl", "pl")])
        [row] = items.assemble(tx, [second], ["sfc", "pl"])

        assert [g.part for g in items.granules_of(tx, row)] == ["pl", "sfc"]


def test_assembling_twice_makes_one_revision(tmp_path: Path) -> None:
    with a_ledger(tmp_path).begin() as tx:
        offer = landed(tx, an_offer(), [a_granule()])

        assert items.assemble(tx, [offer], ["main"]) == items.assemble(tx, [offer], ["main"])


def test_the_same_bytes_under_a_new_stamp_are_no_news(tmp_path: Path) -> None:
    with a_ledger(tmp_path).begin() as tx:
        old = landed(tx, an_offer(stamp="2024-01-01T00:00:00Z"), [a_granule("same")])
        new = landed(tx, an_offer(stamp="2024-02-01T00:00:00Z"), [a_granule("same")])

        assert items.assemble(tx, [old], ["main"]) == items.assemble(tx, [new], ["main"])


def test_a_newer_revision_supersedes_and_an_older_one_never_does(tmp_path: Path) -> None:
    with a_ledger(tmp_path).begin() as tx:
        older, newer = _two_revisions(tx)

        assert _publish(tx, newer)
        assert not _publish(tx, older)
        assert [i.id for i in items.published(tx)] == [newer]
        assert items.in_state(tx, [ItemState.SUPERSEDED], [older, newer]) == [older]


def test_content_that_comes_back_is_a_revision_of_its_own(tmp_path: Path) -> None:
    with a_ledger(tmp_path).begin() as tx:
        revisions = []
        for number, content in enumerate(["first", "second", "first"]):
            offer = landed(tx, an_offer(f"n{number}"), [a_granule(content)])
            revisions += items.assemble(tx, [offer], ["main"])

        assert len(set(revisions)) == 3


def test_a_revision_is_named_by_stamp_and_content() -> None:
    named = revision_name([a_granule()], ["2024-01-02T03:04:05.678+00:00"])

    assert named.startswith("20240102T030405Z-")
    assert revision_name([a_granule()], [""]).isalnum()
    assert named != revision_name([a_granule("changed")], ["2024-01-02T03:04:05.678+00:00"])


def _two_revisions(tx: Transaction) -> tuple[ItemId, ItemId]:
    first = landed(tx, an_offer(stamp="2024-01-01T00:00:00Z"), [a_granule("preliminary")])
    [older] = items.assemble(tx, [first], ["main"])
    second = landed(tx, an_offer(stamp="2024-02-01T00:00:00Z"), [a_granule("final")])
    [newer] = items.assemble(tx, [second], ["main"])
    return older, newer


def _publish(tx: Transaction, row: ItemId) -> bool:
    for before, after in (
        (ItemState.ASSEMBLING, ItemState.CONVERTED),
        (ItemState.CONVERTED, ItemState.JUDGED),
    ):
        items.claim(tx, [before], [row])
        items.move(tx, row, before, after)
    [claimed] = items.claim(tx, [ItemState.JUDGED], [row])
    return items.publish(tx, claimed, {"id": "k"}, EVERYWHERE)
