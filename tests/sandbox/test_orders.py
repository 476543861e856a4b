from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from sandbox.orders import Fate, Order, OrderBook, OrderRefused
from sandbox.shelf import AtRest, in_hand

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
PRODUCT = in_hand(b"x")


@pytest.fixture
def book() -> OrderBook:
    return OrderBook(clock=lambda: NOON, delay=timedelta(seconds=10))


def finished(order: Order) -> Order:
    order.product.exception(timeout=5)
    return order


def states(order: Order) -> list[str]:
    return [order.state(NOON + timedelta(seconds=s)) for s in (0, 6, 11)]


def test_an_order_is_accepted_runs_and_succeeds(book: OrderBook) -> None:
    order = finished(book.place("cds", "era5", {}, lambda: PRODUCT))

    assert states(order) == ["accepted", "running", "successful"]


def test_an_order_runs_on_until_it_is_made(book: OrderBook) -> None:
    go = Event()

    def wait() -> AtRest:
        go.wait(5)
        return PRODUCT

    order = book.place("cds", "era5", {}, wait)

    assert states(order) == ["accepted", "running", "running"]
    go.set()
    assert states(finished(order))[-1] == "successful"


def test_a_refused_order_fails_with_its_reason(book: OrderBook) -> None:
    def refuse() -> AtRest:
        raise OrderRefused("no data")

    order = finished(book.place("cds", "era5", {}, refuse))

    assert states(order)[-1] == "failed"
    assert order.reason == "no data"


def test_an_endless_order_never_succeeds(book: OrderBook) -> None:
    order = finished(book.place("cds", "era5", {}, lambda: PRODUCT, Fate(is_endless=True)))

    assert states(order) == ["accepted", "running", "running"]


def test_a_result_expires_after_it_was_due(book: OrderBook) -> None:
    fate = Fate(expires_after=timedelta(seconds=5))
    order = finished(book.place("cds", "era5", {}, lambda: PRODUCT, fate))
    gone = [order.is_gone(NOON + timedelta(seconds=s)) for s in (9, 11, 16)]

    assert gone == [False, False, True]


def test_a_room_sees_its_own_orders_only(book: OrderBook) -> None:
    order = book.place("cds", "era5", {"day": 1}, lambda: PRODUCT)

    assert book.find("polytope", order.id) is None
    assert book.of("cds") == book.of() == (order,)
    book.forget(order)
    assert book.of() == ()
