from datetime import timedelta

from lake.ledger import assembly, items
from lake.ledger.ledger import Transaction
from lake.ledger.states import ItemState
from lake.nouns import ItemId
from tests.makers import NEW_YEAR, a_granule, a_ledger, an_offer, landed


def _two_revisions(tx: Transaction) -> tuple[ItemId, ItemId]:
    first = landed(tx, an_offer(stamp="2024-01-01T00:00:00Z"), [a_granule("preliminary")])
    [older] = assembly.assemble(tx, [first], ["main"])
    second = landed(tx, an_offer(stamp="2024-02-01T00:00:00Z"), [a_granule("final")])
    [newer] = assembly.assemble(tx, [second], ["main"])
    return older, newer


def test_the_item_before_is_the_last_that_passed_and_begins_earlier(url: str) -> None:
    with a_ledger(url).begin() as tx:
        first, second, third, fourth = (
            _judged(tx, day, passed=passed) for day, passed in enumerate((True, True, False, True))
        )
        rows = {row: items.known(tx, row) for row in (first, fourth)}

        found = items.before(tx, rows[fourth], NEW_YEAR + timedelta(days=3))
        none = items.before(tx, rows[first], NEW_YEAR)
        newest = items.newest(tx, "era5", [ItemState.JUDGED], 2)

        assert (found.id, none) == (second, None)
        assert [one.id for one in newest] == [fourth, second]
        assert items.in_state(tx, [ItemState.QUARANTINED], [third]) == [third]
        assert items.known(tx, ItemId(99)) is None


def test_an_older_revision_of_the_same_item_comes_before_it(url: str) -> None:
    with a_ledger(url).begin() as tx:
        older, newer = _two_revisions(tx)
        for row in (older, newer):
            _pass(tx, row, 0)

        assert items.before(tx, items.known(tx, newer), NEW_YEAR).id == older
        assert items.before(tx, items.known(tx, older), NEW_YEAR) is None


def _judged(tx: Transaction, day: int, *, passed: bool) -> ItemId:
    offer = an_offer(f"n{day}", item_key=f"day-{day}")
    [row] = assembly.assemble(tx, [landed(tx, offer, [a_granule(f"day {day}")])], ["main"])
    _pass(tx, row, day, ItemState.JUDGED if passed else ItemState.QUARANTINED)
    return row


def _pass(tx: Transaction, row: ItemId, day: int, end: ItemState = ItemState.JUDGED) -> None:
    start = NEW_YEAR + timedelta(days=day)
    steps = ((ItemState.ASSEMBLING, ItemState.CONVERTED), (ItemState.CONVERTED, end))
    for before, after in steps:
        items.claim(tx, [before], [row])
        items.move(tx, row, before, after, start_at=start)
