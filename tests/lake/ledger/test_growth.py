from collections.abc import Sequence

import pytest

from lake.errors import LostClaim
from lake.ledger import assembly, growth, items
from lake.ledger.growth import Copied, Turn
from lake.ledger.ledger import Ledger, Transaction
from lake.ledger.states import ItemState
from lake.nouns import ItemId
from tests.makers import StillClock, a_granule, a_ledger, an_offer, landed


def judged(tx: Transaction, stamp: str = "2024-01-01T00:00:00Z") -> ItemId:
    offer = landed(tx, an_offer(stamp=stamp), [a_granule(stamp)])
    [row] = assembly.assemble(tx, [offer], ["main"])
    items.claim(tx, [ItemState.ASSEMBLING], [row])
    cube = {"digest": f"of {stamp}"}
    items.move(tx, row, ItemState.ASSEMBLING, ItemState.CONVERTED, cube=cube)
    items.claim(tx, [ItemState.CONVERTED], [row])
    items.move(tx, row, ItemState.CONVERTED, ItemState.JUDGED)
    return row


def copied(tx: Transaction, rows: Sequence[ItemId]) -> list[Copied]:
    known = [items.known(tx, row) for row in rows]
    return [Copied(i.key, i.revision, i.cube["digest"], ()) for i in known if i]


def a_turn(tx: Transaction) -> Turn:
    turn = growth.claim(tx, "era5")
    assert turn is not None
    return turn


def test_one_writer_has_the_turn_until_it_lets_go_or_its_lease_ends(url: str) -> None:
    clock = StillClock()
    one, other = (a_ledger(url, clock, owner) for owner in ("one", "other"))
    with one.begin() as tx:
        turn = a_turn(tx)
    assert not _may_write(other)
    clock.pass_time(minutes=10)
    with one.begin() as tx:
        growth.hold(tx, turn)
    clock.pass_time(minutes=10)
    assert not _may_write(other)
    clock.pass_time(minutes=10)
    assert _may_write(other)

    with one.begin() as tx, pytest.raises(LostClaim):
        growth.mark(tx, turn, "s1", [])


def _may_write(ledger: Ledger) -> bool:
    with ledger.begin() as tx:
        return growth.claim(tx, "era5") is not None


def test_what_came_with_a_snapshot_waits_no_more(url: str) -> None:
    with a_ledger(url).begin() as tx:
        row = judged(tx)
        assert growth.waiting(tx, [row]) == {"era5": [row]}

        turn = a_turn(tx)
        growth.mark(tx, turn, "s1", copied(tx, [row]))
        growth.release(tx, turn)

        known = items.known(tx, row)
        assert known is not None
        assert known.snapshot == "s1"
        assert growth.waiting(tx, [row]) == {}
        assert a_turn(tx).snapshot == "s1"


def test_a_cube_that_was_made_anew_since_is_not_marked(url: str) -> None:
    with a_ledger(url).begin() as tx:
        row = judged(tx)
        [one] = copied(tx, [row])
        growth.mark(tx, a_turn(tx), "s1", [Copied(one.key, one.revision, "of other bytes", ())])

        assert growth.waiting(tx, [row]) == {"era5": [row]}


def test_what_is_left_outside_waits_no_more_and_says_why(url: str) -> None:
    with a_ledger(url).begin() as tx:
        row = judged(tx)
        items.claim(tx, [ItemState.JUDGED], [row])
        growth.leave_outside(tx, row, "another grid")

        assert growth.waiting(tx, [row]) == {}
        assert [i.outside for i in items.newest(tx, "era5", [ItemState.JUDGED], 1)] == [
            "another grid"
        ]


def test_what_is_quarantined_after_it_came_is_to_be_taken_back(url: str) -> None:
    with a_ledger(url).begin() as tx:
        older, newer = judged(tx), judged(tx, "2024-02-01T00:00:00Z")
        growth.mark(tx, a_turn(tx), "s1", copied(tx, [older, newer]))
        row = items.known(tx, older)
        assert row is not None
        assert growth.newest_inside(tx, row) == row.sequence + 1
        items.claim(tx, [ItemState.JUDGED], [newer])
        items.move(tx, newer, ItemState.JUDGED, ItemState.QUARANTINED)

        assert [item.id for item in growth.taken_back(tx, "era5")] == [newer]
        assert growth.newest_inside(tx, row) == row.sequence
        growth.forget(tx, [newer])
        assert growth.taken_back(tx, "era5") == []
