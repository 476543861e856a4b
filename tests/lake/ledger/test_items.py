from lake.ledger import assembly, items
from lake.ledger.items import Extent
from lake.ledger.ledger import Transaction
from lake.ledger.states import ItemState
from lake.nouns import ItemId
from tests.makers import NEW_YEAR, a_granule, a_ledger, an_offer, landed

EVERYWHERE = Extent(NEW_YEAR, NEW_YEAR, (-180.0, -90.0, 180.0, 90.0))


def test_a_newer_revision_supersedes_and_an_older_one_never_does(url: str) -> None:
    with a_ledger(url).begin() as tx:
        older, newer = _two_revisions(tx)

        assert _publish(tx, newer)
        assert not _publish(tx, older)
        assert [i.id for i in items.published(tx)] == [newer]
        assert items.in_state(tx, [ItemState.SUPERSEDED], [older, newer]) == [older]


def _two_revisions(tx: Transaction) -> tuple[ItemId, ItemId]:
    first = landed(tx, an_offer(stamp="2024-01-01T00:00:00Z"), [a_granule("preliminary")])
    [older] = assembly.assemble(tx, [first], ["main"])
    second = landed(tx, an_offer(stamp="2024-02-01T00:00:00Z"), [a_granule("final")])
    [newer] = assembly.assemble(tx, [second], ["main"])
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
