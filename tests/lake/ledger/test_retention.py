"""Which bytes nothing needs any more."""

from dataclasses import replace
from datetime import timedelta

from lake.ledger import assembly, items, retention, revisions
from lake.ledger.ledger import Transaction
from lake.ledger.schema import granule
from lake.ledger.states import ItemState
from lake.nouns import ItemId
from tests.makers import NEW_YEAR, StillClock, a_granule, a_ledger, an_offer, landed


def an_item(tx: Transaction, native_id: str, content: str) -> ItemId:
    """Return an item of its own that was made of these bytes."""
    row = landed(tx, an_offer(native_id, item_key=native_id), [a_granule(content)])
    [made] = assembly.assemble(tx, [row], ["main"])
    return made


def withdrawn(tx: Transaction, row: ItemId) -> None:
    known = items.known(tx, row)
    assert known is not None
    out = replace(known, state=ItemState.PUBLISHED)
    revisions.bury(tx, [out], "too old", forget=False)


def kept(tx: Transaction) -> int:
    rows = granule.select().where(granule.c.removed_at.is_(None))
    return len(tx.connection.execute(rows).all())


def test_bytes_that_another_item_needs_stay(url: str) -> None:
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        one, other = an_item(tx, "one", "shared"), an_item(tx, "other", "shared")
        withdrawn(tx, one)

        assert retention.let_go(tx, [one]) == []
        retention.removed(tx, [one])
        withdrawn(tx, other)
        assert [g.digest for g in retention.let_go(tx, [other])] == [a_granule("shared").digest]
        assert kept(tx) == 0


def test_bytes_that_wait_for_other_parts_stay(url: str) -> None:
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        one = an_item(tx, "one", "shared")
        waiting = landed(tx, an_offer("half", item_key="half"), [a_granule("shared")])
        withdrawn(tx, one)

        assert retention.let_go(tx, [one]) == []
        assembly.assemble(tx, [waiting], ["main"])
        assert retention.let_go(tx, [one]) == [], "another item has them now"


def test_who_asks_again_gets_the_same_and_what_lands_again_is_there(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    with ledger.begin() as tx:
        one = an_item(tx, "one", "bytes")
        withdrawn(tx, one)
        assert retention.gone_after(tx, "era5", NEW_YEAR, 0) == []
        assert retention.let_go(tx, [one]) == retention.let_go(tx, [one])
    clock.pass_time(days=1)
    with ledger.begin() as tx:
        assert [r.id for r in retention.gone_after(tx, "era5", tx.now, 0)] == [one]
        retention.removed(tx, [one])
        assert retention.gone_after(tx, "era5", tx.now + timedelta(days=1), 0) == []
        assert kept(tx) == 0
        landed(tx, an_offer("again"), [a_granule("bytes")])
        assert kept(tx) == 1
