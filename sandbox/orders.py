"""Orders: placed, made in the background one by one, answered when their time has come."""

import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Literal

from sandbox.shelf import AtRest

Json = dict[str, Any]
"""A document as a provider's client sent it."""

State = Literal["accepted", "running", "successful", "failed"]


class OrderError(Exception):
    """An order that came to nothing; the message is what the provider tells its client.

    OrderError
    ├── OrderMalformed   it cannot be read: a keyword is unknown, missing or no value
    └── OrderRefused     it can be read, and there is nothing to hand out for it
    """


class OrderMalformed(OrderError):
    """It cannot be read: a keyword is unknown, missing or no value."""


class OrderRefused(OrderError):
    """It can be read, and there is nothing to hand out for it."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What was decided about an order when it was placed; by default it goes well.

    ``expires_after``: how long after it was due its result is kept; then it answers with
    ``gone_status``.
    """

    is_endless: bool = False
    expires_after: timedelta | None = None
    gone_status: int = 404


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """One order. ``id`` has no dash: EODAG takes what follows the last one for the whole id."""

    id: str
    room: str
    subject: str
    request: Json
    placed: datetime
    due: datetime
    product: "Future[AtRest]"
    fate: Fate = Fate()

    def state(self, now: datetime) -> State:
        """Accepted for half of its delay, then running until it is both made and due."""
        if now < self.placed + (self.due - self.placed) / 2:
            return "accepted"
        if now < self.due or not self.product.done() or self.fate.is_endless:
            return "running"
        return "failed" if self.product.exception() else "successful"

    def is_gone(self, now: datetime) -> bool:
        """Whether its result was ready and is kept no more."""
        kept = self.fate.expires_after
        return kept is not None and self.state(now) == "successful" and now >= self.due + kept

    @property
    def reason(self) -> str:
        """Why it failed; empty while it did not."""
        return str(self.product.exception() or "") if self.product.done() else ""


@dataclass(slots=True)
class OrderBook:
    """All orders of this process. Ids are random, so that no later process hands one out again."""

    clock: Callable[[], datetime]
    delay: timedelta
    _orders: dict[str, Order] = field(default_factory=dict)
    _workers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _lock: Lock = field(default_factory=Lock)

    def place(
        self,
        room: str,
        subject: str,
        request: Json,
        make: Callable[[], AtRest],
        fate: Fate = Fate(),
    ) -> Order:
        """Take an order and begin it; ``make`` may raise an OrderError."""
        now, name = self.clock(), uuid.uuid4().hex
        product = self._workers.submit(make)
        order = Order(name, room, subject, request, now, now + self.delay, product, fate)
        with self._lock:
            self._orders[order.id] = order
        return order

    def find(self, room: str, order_id: str) -> Order | None:
        """The order, if the room has it."""
        order = self._orders.get(order_id)
        return order if order is not None and order.room == room else None

    def of(self, room: str | None = None) -> tuple[Order, ...]:
        """All orders, or those of a room, in the sequence in which they came."""
        with self._lock:
            return tuple(o for o in self._orders.values() if room in {None, o.room})

    def forget(self, order: Order) -> None:
        """Drop an order."""
        order.product.cancel()
        with self._lock:
            self._orders.pop(order.id, None)

    def close(self) -> None:
        """Begin nothing more."""
        self._workers.shutdown(wait=False, cancel_futures=True)
