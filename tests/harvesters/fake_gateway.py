"""A ``Gateway`` in memory: it has what a test gives it, and fails as a test tells it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from harvesters.errors import HarvestError
from harvesters.gateway import (
    FORWARD,
    By,
    Nothing,
    Page,
    Placed,
    Policy,
    Product,
    Ready,
    Remote,
    View,
    Waiting,
    Ways,
)
from harvesters.source import Source
from lake.nouns import Window

START = datetime(2024, 2, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = Window(START, START + 3 * DAY)


def product(
    native_id: str,
    day: int = 0,
    url: str = "",
    needs_order: bool = False,
    stamp: str | None = "2024-02-02T06:00:00Z",
) -> Product:
    """Make a product of one day."""
    begins = START + day * DAY
    record = json.dumps({"id": native_id, "url": url})
    return Product(native_id, native_id, Window(begins, begins + DAY), stamp, needs_order, record)


def _is_in(product: Product, window: Window, by: By) -> bool:
    if by is By.SENSING:
        return product.window.start <= window.end and product.window.end >= window.start
    return window.start <= datetime.fromisoformat(product.stamp or "") < window.end


@dataclass
class FakeGateway:
    """Holds products; an order is ready after ``polls_needed`` polls.

    Errors put into ``order_errors``, ``poll_errors`` and ``remote_errors`` are raised in turn.
    ``breaks_after`` raises ``search_error`` behind that many pages. With ``lists_jobs`` its orders
    can be found again; with ``no_data`` it has none for any order, and says so when it is asked.
    """

    products: Sequence[Product] = ()
    stated: int | None = None  # default: how many there are
    hidden: tuple[str, ...] = ()  # counted, and never shown
    cap: int = 10**9
    page_size: int = 2
    polls_needed: int = 1
    policies: dict[str, Policy] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()
    search_error: HarvestError | None = None
    breaks_after: int = 0
    order_errors: list[HarvestError] = field(default_factory=list)
    poll_errors: list[HarvestError] = field(default_factory=list)
    remote_errors: list[HarvestError] = field(default_factory=list)
    placed: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    searched: Ways = field(default_factory=lambda: Ways(can_sort=True, floor=DAY))
    lists_jobs: bool = False
    no_data: str | None = None
    waits_seconds: float = 0.0

    def ways(self, source: Source, part: str) -> Ways:
        """Return what the test said of how it can be searched."""
        return self.searched

    def search(
        self, source: Source, part: str, window: Window, view: View = FORWARD
    ) -> Iterator[Page]:
        """Yield the products that overlap the window, or were published in it."""
        found = [p for p in self.products if _is_in(p, window, view.by)]
        if view.backwards:
            found.reverse()
        stated = len(found) if self.stated is None else self.stated
        found = [p for p in found if p.native_id not in self.hidden][: self.cap]
        starts = range(0, max(len(found), 1), self.page_size)
        for number, start in enumerate(starts):
            if self.search_error is not None and number == self.breaks_after:
                raise self.search_error
            page = tuple(found[start : start + self.page_size])
            yield Page(page, stated, self.unreadable if number == 0 else ())
        if self.search_error is not None and self.breaks_after >= len(starts):
            raise self.search_error

    def order(self, record: str) -> Placed:
        """Place an order."""
        if self.order_errors:
            raise self.order_errors.pop(0)
        known = json.loads(record)
        self.placed.append(known["id"])
        order_id = f"order-{len(self.placed)}"
        return Placed(order_id, json.dumps({**known, "order": order_id, "polls": 0}))

    def jobs(self, record: str, since: datetime) -> tuple[str, ...] | None:
        """Return the orders of the same product, newest first."""
        if not self.lists_jobs:
            return None
        wanted = json.loads(record)["id"]
        found = [f"order-{n}" for n, name in enumerate(self.placed, start=1) if name == wanted]
        return tuple(reversed(found))

    def adopt(self, record: str, order_id: str) -> Placed | None:
        """Take a known order, where orders can be found again."""
        if not self.lists_jobs:
            return None
        return Placed(order_id, json.dumps({**json.loads(record), "order": order_id, "polls": 0}))

    def poll(self, record: str) -> Waiting | Ready | Nothing:
        """Ask after an order; how often it was asked is kept here, as a provider would."""
        if self.poll_errors:
            raise self.poll_errors.pop(0)
        if self.no_data is not None:
            return Nothing(self.no_data)
        self.polls_needed -= 1
        return Ready(record) if self.polls_needed < 0 else Waiting(self.waits_seconds)

    def renew(self, record: str) -> None:
        self.renewed.append(record)

    def remotes(self, record: str) -> list[Remote]:
        """Return the one remote of the product."""
        if self.remote_errors:
            raise self.remote_errors.pop(0)
        known = json.loads(record)
        return [Remote(known["url"], "data", media_type="application/wmo-GRIB2")]

    def policy(self, provider: str) -> Policy:
        """Return the policy that the test gave."""
        return self.policies.get(provider, Policy(frozenset()))
