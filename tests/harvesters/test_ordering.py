from typing import NoReturn

import pytest

from harvesters.errors import OrderFailed, ProviderUnreachable
from harvesters.ordering import place, poll
from lake.ledger import work
from lake.ledger.ledger import Ledger
from lake.ledger.schema import offer
from lake.ledger.states import OfferState
from tests.harvesters.fake_gateway import FakeGateway, product
from tests.harvesters.rows import discovered, row_of


class KilledError(BaseException):
    """What a kill looks like from inside."""


class DyingGateway(FakeGateway):
    """Takes the order, and dies before it can tell."""

    def order(self, record: str) -> NoReturn:
        super().order(record)
        raise KilledError


def test_what_needs_no_order_is_ready_at_once(ledger: Ledger) -> None:
    ids = discovered(ledger, product("a"))

    assert place(ledger, FakeGateway(), ids) == ids
    assert row_of(ledger, ids[0]).state == OfferState.READY


def test_an_order_is_placed_once_polled_and_ready(ledger: Ledger) -> None:
    ids = discovered(ledger, product("a", needs_order=True), product("b", needs_order=True))
    gateway = FakeGateway(polls_needed=2)
    place(ledger, gateway, ids)
    place(ledger, gateway, ids)

    assert gateway.placed == ["a", "b"]
    assert row_of(ledger, ids[0]).order_id == "order-1"
    first = poll(ledger, gateway, ids)
    assert (first.waiting, first.ready, first.wait_seconds) == (tuple(ids), (), 0.01)
    assert poll(ledger, gateway, ids).ready == tuple(ids)
    assert poll(ledger, gateway, ids).wait_seconds is None


def test_a_waiting_order_is_let_go_of_between_polls(ledger: Ledger) -> None:
    ids = discovered(ledger, needs_order=True)
    gateway = FakeGateway(polls_needed=5)
    place(ledger, gateway, ids)
    poll(ledger, gateway, ids)

    assert row_of(ledger, ids[0]).lease_owner is None


def test_an_order_that_died_without_an_answer_is_placed_again_once(ledger: Ledger) -> None:
    ids = discovered(ledger, needs_order=True)
    dying = DyingGateway()
    with pytest.raises(KilledError):
        place(ledger, dying, ids)
    assert row_of(ledger, ids[0]).state == OfferState.ORDERING
    heir = Ledger(ledger.engine, ledger.clock, "heir")
    with ledger.begin() as tx:
        work.release(tx, offer, ids)  # as the ledger does for a dead process

    assert place(heir, dying_then_well := FakeGateway(), ids) == ids
    assert place(heir, dying_then_well, ids) == []
    assert (dying.placed, dying_then_well.placed) == (["a"], ["a"])


def test_an_order_that_the_provider_could_not_fulfil_ends_with_its_reason(ledger: Ledger) -> None:
    ids = discovered(ledger, needs_order=True)
    gateway = FakeGateway(poll_errors=[OrderFailed("no data")])
    place(ledger, gateway, ids)
    polled = poll(ledger, gateway, ids)

    assert (polled.waiting, polled.ready) == ((), ())
    assert row_of(ledger, ids[0]).state == OfferState.FAILED
    assert row_of(ledger, ids[0]).reason == "OrderFailed: no data"


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
