from datetime import timedelta

from lake.ledger import offers, withdrawals
from lake.ledger.states import OfferState
from lake.nouns import Window
from tests.makers import NEW_YEAR, StillClock, a_day, a_ledger, an_offer

DAY = ("era5", "cds", "main", a_day())


def test_what_was_not_listed_again_is_withdrawn_once(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    with ledger.begin() as tx:
        offers.record(tx, [an_offer("a"), an_offer("b")])
    clock.pass_time(hours=1)
    with ledger.begin() as tx:
        offers.record(tx, [an_offer("a")])

        assert withdrawals.known_in(tx, *DAY) == 2
        assert withdrawals.seen(tx, "era5", "cds", "main", clock()) == 1
        assert withdrawals.withdraw(tx, *DAY, clock()) == 1
        assert withdrawals.withdraw(tx, *DAY, clock()) == 0
        assert withdrawals.known_in(tx, *DAY) == 1


def test_what_reaches_beyond_the_window_is_left(url: str) -> None:
    half = Window(NEW_YEAR, NEW_YEAR + timedelta(hours=12))
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        offers.record(tx, [an_offer("a")])

        later = NEW_YEAR + timedelta(days=1)
        assert withdrawals.withdraw(tx, "era5", "cds", "main", half, later) == 0


def test_what_is_offered_again_is_taken_up_again(url: str) -> None:
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        offers.record(tx, [an_offer("a")])
        withdrawals.withdraw(tx, *DAY, NEW_YEAR + timedelta(days=1))
        ids = [1]
        gone = offers.in_state(tx, [OfferState.WITHDRAWN], ids)
        offers.record(tx, [an_offer("a")])

        assert (gone, offers.unfinished(tx, "era5")) == ([1], [1])
