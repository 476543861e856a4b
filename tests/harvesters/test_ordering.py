from collections.abc import Callable
from typing import NoReturn

import pytest

from harvesters.errors import (
    OrderFailed,
    OrderUnanswered,
    ProviderUnreachable,
    RateLimited,
    Vanished,
)
from harvesters.gateway import Policy
from harvesters.ordering import place, poll
from harvesters.quotas import Errand, Unlimited
from harvesters.recovery import MOST_ORDERS
from lake.ledger import offers, progress, work
from lake.ledger.ledger import Ledger
from lake.ledger.schema import offer
from lake.ledger.states import OfferState
from lake.nouns import OfferId
from tests.harvesters.fake_gateway import FakeGateway, product
from tests.harvesters.rows import COLLECTION, discovered, row_of
from tests.makers import StillClock, a_ledger


class KilledError(BaseException):
    """What a kill looks like from inside."""


class DyingGateway(FakeGateway):
    """Takes the order, and dies before it can tell."""

    def order(self, record: str) -> NoReturn:
        super().order(record)
        raise KilledError


class Full(Unlimited):
    """Lets so many orders be open."""

    def __init__(self, most: int) -> None:
        self.most = most

    def most_open_orders(self, provider: str) -> int | None:
        return self.most


class Slow(Unlimited):
    """Lets nothing pass before so many seconds."""

    def ask(self, errand: Errand) -> float:
        return 30.0


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def still(url: str, clock: StillClock) -> Ledger:
    return a_ledger(url, clock)


def die_while_ordering(ledger: Ledger, ids: list[OfferId], gateway: FakeGateway) -> None:
    """Leave the rows as a worker does that was killed between the request and its answer."""
    dying = DyingGateway(lists_jobs=gateway.lists_jobs)
    with pytest.raises(KilledError):
        place(ledger, dying, ids)
    gateway.placed += dying.placed
    with ledger.begin() as tx:
        work.release(tx, offer, ids)  # as the ledger does for a dead process


def settled(seconds: float = 0.0, deadline: float = 3600.0) -> dict[str, Policy]:
    policy = Policy(frozenset(), order_settle_seconds=seconds, order_deadline_seconds=deadline)
    return {"fake": policy}


def test_what_needs_no_order_is_ready_at_once(ledger: Ledger) -> None:
    ids = discovered(ledger, product("a"))

    assert place(ledger, FakeGateway(), ids) == ids
    assert row_of(ledger, ids[0]).state == OfferState.READY


def test_an_order_is_placed_once_polled_and_ready(still: Ledger) -> None:
    ids = discovered(still, product("a", needs_order=True), product("b", needs_order=True))
    gateway = FakeGateway(polls_needed=2)
    place(still, gateway, ids)
    place(still, gateway, ids)

    assert gateway.placed == ["a", "b"]
    assert row_of(still, ids[0]).order_id == "order-1"
    first = poll(still, gateway, ids)
    assert (first.waiting, first.ready, first.wait_seconds) == (tuple(ids), (), 0.0)
    assert poll(still, gateway, ids).ready == tuple(ids)
    assert poll(still, gateway, ids).wait_seconds is None


def test_the_digest_and_the_time_are_written_before_the_order_leaves(
    still: Ledger, clock: StillClock
) -> None:
    ids = discovered(still, product("the-digest", needs_order=True))
    die_while_ordering(still, ids, FakeGateway())

    row = row_of(still, ids[0])
    assert (row.state, row.native_id) == (OfferState.ORDERING, "the-digest")
    assert (row.ordering_at, row.order_id, row.orders) == (clock(), None, 1)


def test_a_waiting_order_is_let_go_of_and_not_asked_after_before_its_time(
    still: Ledger, clock: StillClock
) -> None:
    ids = discovered(still, needs_order=True)
    gateway = FakeGateway(polls_needed=5, waits_seconds=60)
    place(still, gateway, ids)

    assert poll(still, gateway, ids).wait_seconds == 60
    assert row_of(still, ids[0]).lease_owner is None
    clock.pass_time(seconds=59)
    assert poll(still, gateway, ids).waiting == tuple(ids)
    assert gateway.polls_needed == 4
    clock.pass_time(seconds=1)
    poll(still, gateway, ids)
    assert gateway.polls_needed == 3


def test_an_order_without_an_answer_is_found_in_the_providers_list(still: Ledger) -> None:
    ids = discovered(still, needs_order=True)
    gateway = FakeGateway(lists_jobs=True)
    die_while_ordering(still, ids, gateway)

    assert place(still, gateway, ids) == ids
    row = row_of(still, ids[0])
    assert gateway.placed == ["a"]
    assert (row.state, row.order_id, row.duplicates) == (OfferState.ORDERED, "order-1", 0)


def test_an_order_that_did_not_arrive_is_placed_again_and_is_no_duplicate(still: Ledger) -> None:
    ids = discovered(still, needs_order=True)
    gateway = FakeGateway(lists_jobs=True, order_errors=[OrderUnanswered("reset")])
    place(still, gateway, ids)
    assert row_of(still, ids[0]).state == OfferState.ORDERING
    with still.begin() as tx:
        tx.connection.execute(offer.update().values(not_before=None))

    assert place(still, gateway, ids) == ids
    row = row_of(still, ids[0])
    assert (gateway.placed, row.orders, row.duplicates) == (["a"], 2, 0)


def test_the_list_is_asked_only_when_it_must_show_the_order(
    still: Ledger, clock: StillClock
) -> None:
    ids = discovered(still, needs_order=True)
    gateway = FakeGateway(lists_jobs=True, policies=settled(15))
    die_while_ordering(still, ids, gateway)
    clock.pass_time(seconds=5)

    assert place(still, gateway, ids) == []
    assert poll(still, gateway, ids).wait_seconds == 10
    clock.pass_time(seconds=10)
    assert place(still, gateway, ids) == ids


def test_without_a_job_list_one_duplicate_is_placed_and_recorded(still: Ledger) -> None:
    ids = discovered(still, needs_order=True)
    gateway = FakeGateway()
    die_while_ordering(still, ids, gateway)

    assert place(still, gateway, ids) == ids
    assert place(still, gateway, ids) == []
    row = row_of(still, ids[0])
    assert (gateway.placed, row.duplicates) == (["a", "a"], 1)
    assert row.duplicate_reason == (
        "the order of 2024-01-01T00:00:00Z got no answer and fake lists no jobs"
    )
    with still.begin() as tx:
        [told] = progress.duplicates(tx, COLLECTION)
    assert (told.count, told.reason) == (1, row.duplicate_reason)


def test_without_a_job_list_no_third_order_leaves_before_the_deadline(
    still: Ledger, clock: StillClock
) -> None:
    ids = discovered(still, needs_order=True)
    gateway = FakeGateway(policies=settled(deadline=3600))
    die_while_ordering(still, ids, gateway)
    die_while_ordering(still, ids, gateway)

    for _ in range(3):
        assert place(still, gateway, ids) == []
        assert row_of(still, ids[0]).state == OfferState.FAILED
        with still.begin() as tx:
            work.revive(tx, offer)
    assert gateway.placed == ["a", "a"]
    clock.pass_time(seconds=3600)
    assert place(still, gateway, ids) == ids


@pytest.mark.parametrize("refusal", [RateLimited("slow down", 3), ProviderUnreachable("no route")])
def test_a_clean_refusal_leaves_no_order_to_look_for(still: Ledger, refusal: RateLimited) -> None:
    ids = discovered(still, needs_order=True)
    place(still, FakeGateway(order_errors=[refusal]), ids)

    row = row_of(still, ids[0])
    assert (row.state, row.attempts, row.duplicates) == (OfferState.DISCOVERED, 1, 0)
    assert row.not_before >= still.clock()


def test_the_same_request_at_work_for_another_offer_is_shared(still: Ledger) -> None:
    gateway = FakeGateway(lists_jobs=True)
    first = discovered(still, product("a", needs_order=True))
    place(still, gateway, first)
    both = discovered(still, product("a", needs_order=True, stamp="2024-03-01T00:00:00Z"))
    place(still, gateway, both)

    assert gateway.placed == ["a"]
    assert [row_of(still, row).order_id for row in both] == ["order-1", "order-1"]


def test_no_data_is_an_end_and_no_error(still: Ledger) -> None:
    ids = discovered(still, needs_order=True)
    gateway = FakeGateway(no_data="no data is available within your requested subset")
    place(still, gateway, ids)
    polled = poll(still, gateway, ids)

    row = row_of(still, ids[0])
    assert (polled.waiting, polled.ready) == ((), ())
    assert (row.state, row.reason) == (OfferState.NO_DATA, gateway.no_data)
    with still.begin() as tx:
        work.revive(tx, offer)
        counted = progress.progress(tx, COLLECTION)
        assert offers.unfinished(tx, COLLECTION) == []
    assert (counted.no_data, counted.failed, counted.invalid) == (1, 0, 0)


def test_no_data_is_asked_for_again_only_under_a_new_stamp(still: Ledger) -> None:
    ids = discovered(still, needs_order=True)
    gateway = FakeGateway(no_data="nothing")
    place(still, gateway, ids)
    poll(still, gateway, ids)

    assert discovered(still, product("a", needs_order=True)) == []
    assert len(discovered(still, product("a", needs_order=True, stamp="later"))) == 1


def test_a_result_that_expired_is_ordered_again_a_few_times(still: Ledger) -> None:
    ids = discovered(still, needs_order=True)
    gateway = FakeGateway(poll_errors=[Vanished("404")] * 10)
    for _ in range(5):
        place(still, gateway, ids)
        poll(still, gateway, ids)

    row = row_of(still, ids[0])
    assert gateway.placed == ["a"] * MOST_ORDERS
    assert row.state == OfferState.FAILED
    assert row.reason == f"Vanished: 404; ordered {MOST_ORDERS} times"


def test_an_order_that_the_provider_could_not_fulfil_ends_with_its_reason(ledger: Ledger) -> None:
    ids = discovered(ledger, needs_order=True)
    gateway = FakeGateway(poll_errors=[OrderFailed("worker lost")])
    place(ledger, gateway, ids)
    polled = poll(ledger, gateway, ids)

    assert (polled.waiting, polled.ready) == ((), ())
    assert row_of(ledger, ids[0]).state == OfferState.FAILED
    assert row_of(ledger, ids[0]).reason == "OrderFailed: worker lost"


def test_a_poll_that_did_not_get_through_is_asked_again_later(ledger: Ledger) -> None:
    ids = discovered(ledger, needs_order=True)
    gateway = FakeGateway(poll_errors=[ProviderUnreachable("no route")])
    place(ledger, gateway, ids)

    assert poll(ledger, gateway, ids).waiting == tuple(ids)
    row = row_of(ledger, ids[0])
    assert (row.state, row.attempts, row.lease_owner) == (OfferState.ORDERED, 1, None)
    assert row.not_before is not None


def test_one_bad_order_harms_no_other(ledger: Ledger) -> None:
    ids = discovered(ledger, product("a", needs_order=True), product("b", needs_order=True))
    gateway = FakeGateway(order_errors=[ProviderUnreachable("no route")])

    assert place(ledger, gateway, ids) == ids[1:]


def test_no_more_orders_are_open_than_may_be(still: Ledger, clock: StillClock) -> None:
    ids = discovered(still, *(product(name, needs_order=True) for name in "abc"))
    gateway = FakeGateway(polls_needed=0)

    assert place(still, gateway, ids, Full(2)) == ids[:2]
    assert poll(still, gateway, ids).waiting == (ids[2],)
    clock.pass_time(seconds=60)
    assert place(still, gateway, ids, Full(2)) == [ids[2]]


@pytest.mark.parametrize("step", [place, poll])
def test_what_may_not_be_asked_yet_is_due_later_and_costs_no_attempt(
    still: Ledger, step: Callable[..., object]
) -> None:
    ids = discovered(still, needs_order=True)
    gateway = FakeGateway(polls_needed=0)
    if step is poll:
        place(still, gateway, ids)
    step(still, gateway, ids, Slow())

    row = row_of(still, ids[0])
    assert row.state == (OfferState.ORDERED if step is poll else OfferState.DISCOVERED)
    assert (row.attempts, row.lease_owner) == (0, None)
    assert poll(still, gateway, ids).wait_seconds == 30
