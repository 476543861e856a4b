from datetime import timedelta

import pytest

from lake.ledger import leases
from lake.ledger.ledger import Ledger
from lake.ledger.owner import this_process
from tests.makers import StillClock, a_ledger

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def two(url: str, clock: StillClock) -> tuple[Ledger, Ledger]:
    return a_ledger(url, clock, "one"), a_ledger(url, clock, "two")


def test_only_one_holds_a_lease_until_it_runs_out(
    two: tuple[Ledger, Ledger], clock: StillClock
) -> None:
    with two[0].begin() as tx:
        first = leases.take(tx, "relay", MINUTE)
    with two[1].begin() as tx:
        assert leases.take(tx, "relay", MINUTE) is None
        assert leases.owner(tx, "relay") == "one"
    clock.pass_time(seconds=60)
    with two[1].begin() as tx:
        second = leases.take(tx, "relay", MINUTE)

    assert first
    assert second
    assert second.number > first.number
    with two[0].begin() as tx:
        assert not leases.renew(tx, first, MINUTE)
        leases.give_up(tx, first)
        assert leases.owner(tx, "relay") == "two"


def test_a_lease_is_held_on_to_and_given_up(two: tuple[Ledger, Ledger], clock: StillClock) -> None:
    with two[0].begin() as tx:
        mine = leases.take(tx, "relay", MINUTE)
        assert mine
    clock.pass_time(seconds=59)
    with two[0].begin() as tx:
        assert leases.renew(tx, mine, MINUTE)
    clock.pass_time(seconds=59)
    with two[1].begin() as tx:
        assert leases.take(tx, "relay", MINUTE) is None
    with two[0].begin() as tx:
        leases.give_up(tx, mine)
    with two[1].begin() as tx:
        assert leases.take(tx, "relay", MINUTE)


def test_the_lease_of_a_process_that_died_is_free_at_once(url: str, clock: StillClock) -> None:
    dead = this_process().rpartition("/")[0] + "/0"  # this pid, started at another time
    with a_ledger(url, clock, dead).begin() as tx:
        leases.take(tx, "relay", MINUTE)

    with a_ledger(url, clock, "two").begin() as tx:
        assert leases.owner(tx, "relay") is None
        assert leases.take(tx, "relay", MINUTE)
