"""The counter where orders are placed, and where their results are handed out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from fastapi import HTTPException

from sandbox.broken import Instead, reset
from sandbox.orders import Fate, Json, Order, OrderRefused
from sandbox.retry import retry_after
from sandbox.shelf import AtRest
from sandbox.stock import Stock


@dataclass(frozen=True, slots=True)
class Wish:
    """An order before it is placed. ``nothing`` is how this archive says that it has no data."""

    room: str
    subject: str
    request: Json
    make: Callable[[], AtRest]
    nothing: str


def place(stock: Stock, wish: Wish) -> Order:
    """Place an order. Raises HTTPException where none is taken, Instead where nobody is told."""
    refused = stock.faults.strikes("order_429", wish.room, wish.subject)
    if refused:
        headers = retry_after(refused, stock.clock())
        raise HTTPException(429, "Too many orders are open", headers=headers)
    make, fate = _made(stock, wish), _fate(stock, wish)
    order = stock.orders.place(wish.room, wish.subject, wish.request, make, fate)
    if stock.faults.strikes("duplicate_job", wish.room, wish.subject):
        order = stock.orders.place(wish.room, wish.subject, wish.request, make, fate)
    if stock.faults.strikes("post_accepted_but_reply_lost", wish.room, wish.subject):
        raise Instead(reset())
    return order


def require_kept(stock: Stock, order: Order) -> None:
    """Pass, unless the result has expired. Raises HTTPException."""
    if order.is_gone(stock.clock()):
        detail = {"type": "expired", "title": f"the result of {order.id} has expired"}
        raise HTTPException(order.fate.gone_status, detail)


def fields_left_out(stock: Stock, room: str, subject: str) -> int:
    """How many fields a result is to lack, though it will be a success."""
    fault = stock.faults.strikes("result_missing_fields", room, subject)
    return int(fault.number("fields")) if fault else 0


def result(stock: Stock, order: Order) -> AtRest:
    """The bytes of a successful order, torn if the switchboard says so."""
    rest = order.product.result()
    torn = stock.faults.marks("garbage_data", order.room, f"{order.subject}/{order.id}")
    return rest.torn() if torn else rest


def _made(stock: Stock, wish: Wish) -> Callable[[], AtRest]:
    failed = stock.faults.strikes("job_failed", wish.room, wish.subject)
    is_nothing = stock.faults.strikes("no_data", wish.room, wish.subject) is not None

    def make() -> AtRest:
        if failed:
            raise OrderRefused(failed.text("message"))
        if is_nothing:
            raise OrderRefused(wish.nothing)
        return wish.make()

    return make


def _fate(stock: Stock, wish: Wish) -> Fate:
    endless = stock.faults.strikes("job_never_ready", wish.room, wish.subject)
    expired = stock.faults.strikes("job_expired", wish.room, wish.subject)
    if expired is None:
        return Fate(is_endless=endless is not None)
    kept = timedelta(seconds=expired.number("seconds"))
    return Fate(endless is not None, kept, int(expired.number("status")))
