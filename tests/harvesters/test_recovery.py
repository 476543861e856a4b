from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvesters import errors
from harvesters.ordering import place
from harvesters.recovery import PATIENCE, RECOVERIES, Patience, Recovery
from lake.ledger import offers, work
from lake.ledger import schema as tables
from lake.ledger.ledger import Ledger
from lake.ledger.states import OfferState
from lake.nouns import OfferId
from tests.harvesters.fake_gateway import FakeGateway, product
from tests.harvesters.rows import discovered, row_of
from tests.harvesters.test_errors import all_errors


def test_every_error_has_one_recovery() -> None:
    assert set(RECOVERIES) == all_errors()


def test_whatever_is_tried_again_has_its_patience() -> None:
    assert set(PATIENCE) == set(Recovery) - {Recovery.INVALID, Recovery.GIVE_UP}
    assert all(PATIENCE[r].most_attempts > 1 for r in PATIENCE)


@given(
    attempts=st.integers(0, 1000),
    asked=st.floats(0, 1e6),
    seed=st.integers(),
)
def test_a_wait_is_at_least_what_was_asked_and_at_most_the_longest_beyond_it(
    attempts: int, asked: float, seed: int
) -> None:
    wait = Patience(2.0, 120.0, 4).wait(attempts, asked, Random(seed))

    jitter = wait - timedelta(seconds=asked)
    longest = min(2.0 * 2.0 ** min(attempts, 10), 120.0)
    assert timedelta(microseconds=-1) <= jitter <= timedelta(seconds=longest, microseconds=1)


def test_two_offers_that_failed_together_do_not_come_back_together(ledger: Ledger) -> None:
    ids = discovered(ledger, *(product(name, needs_order=True) for name in "abcd"))
    place(ledger, FakeGateway(order_errors=[errors.RateLimited("no", 3)] * 4), ids)

    assert len({row_of(ledger, row).not_before for row in ids}) == 4


def test_what_is_wrong_for_good_is_invalid_and_nothing_else_is() -> None:
    final = {e for e, recovery in RECOVERIES.items() if recovery is Recovery.INVALID}

    assert final == {e for e in all_errors() if issubclass(e, errors.BadBytes)}


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (errors.RateLimited("slow down", 3), OfferState.DISCOVERED),
        (errors.OrderUnanswered("reset"), OfferState.ORDERING),
        (errors.NotAProduct("a page"), OfferState.INVALID),
        (errors.RequestRefused("no such variable"), OfferState.FAILED),
    ],
)
def test_an_error_leaves_the_offer_in_its_state_with_the_reason(
    ledger: Ledger, error: errors.HarvestError, state: OfferState
) -> None:
    ids = discovered(ledger, needs_order=True)
    place(ledger, FakeGateway(order_errors=[error]), ids)

    row = row_of(ledger, ids[0])
    assert row.state == state
    assert row.reason == f"{type(error).__name__}: {error}"
    assert row.lease_owner is None


def test_reviving_a_failed_order_orders_afresh(ledger: Ledger) -> None:
    ids = discovered(ledger, needs_order=True)
    gateway = FakeGateway(order_errors=[errors.OrderFailed("worker lost")])
    place(ledger, gateway, ids)

    with ledger.begin() as tx:
        work.revive(tx, tables.offer)
    with ledger.begin() as tx:
        again: list[OfferId] = offers.in_state(tx, [OfferState.DISCOVERED], ids)
    assert again == ids
    assert place(ledger, gateway, ids) == ids
