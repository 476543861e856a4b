"""Everything that the rooms of one process share."""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from sandbox.amendments import Amendments
from sandbox.elsewhere import Elsewhere
from sandbox.faults import Faults
from sandbox.fields import Fields
from sandbox.holdings import many, sst, ticks
from sandbox.holdings.cdse import cdse_products
from sandbox.holdings.directory import directory_products
from sandbox.holdings.many import Many
from sandbox.holdings.products import Product
from sandbox.holdings.samples import sample_products
from sandbox.orders import Json, OrderBook
from sandbox.settings import Settings
from sandbox.shelf import Shelf
from sandbox.stac_query import BadQuery, Search, select
from sandbox.tokens import Tokens

SST, TICKS, FILES = sst.COLLECTION, ticks.COLLECTION, "files"
SLSTR, TROPOMI = "SENTINEL-3", "SENTINEL-5P"


def utc_now() -> datetime:
    """The clock of the process."""
    return datetime.now(UTC)


@dataclass
class Stock:
    """The products, the shelf, the switchboard, the order book, the tokens, the sinks.

    ``clock`` is the process's and never stops; ``today``, if set, is the day in the life of the
    providers: nothing that is published later is offered yet, and what is published is of then.
    """

    settings: Settings
    clock: Callable[[], datetime] = utc_now
    today: datetime | None = None
    faults: Faults = field(default_factory=Faults)
    amendments: Amendments = field(default_factory=Amendments)
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    received: defaultdict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.fields = Fields(self.settings.seed)
        self.shelf = Shelf(Path(tempfile.mkdtemp(prefix="inlet-sandbox-")))
        self.orders = OrderBook(self.clock, self.settings.order_delay)
        self.tokens = Tokens(self.settings.key, self.settings.token_lifetime, self.clock)
        self.many = Many(self.fields, range(self.settings.many))

    def close(self) -> None:
        """Stop making things and take them away."""
        self.orders.close()
        self.elsewhere.close()
        self.shelf.clear()

    def products(self, collection: str) -> tuple[Product, ...]:
        """What there is of a collection, by now; files are looked for anew each time."""
        offered = self.amendments.applied(self._made(collection), collection)
        if self.today is None:
            return offered
        return tuple(p for p in offered if p.published <= self.today)

    def collections(self) -> tuple[str, ...]:
        """Those that STAC lists."""
        return (SST, FILES, TICKS, *((many.COLLECTION,) if self.many else ()))

    def search(self, search: Search) -> Sequence[Product]:
        """What matches. The collection ``many`` is searched alone, or not. Raises BadQuery."""
        names = search.collections
        if names is None:
            names = [SST, FILES, TICKS]
        if many.COLLECTION not in names:
            return select((p for name in names for p in self.products(name)), search)
        if len(names) > 1:
            raise BadQuery(f"{many.COLLECTION} is searched alone, came {names}")
        return self.many.select(search)

    def find(self, collection: str, product_id: str) -> Product | None:
        """One product, if it is there by now."""
        if collection == many.COLLECTION:
            return next(iter(self.many.select(Search(ids=[product_id]))), None)
        return next((p for p in self.products(collection) if p.id == product_id), None)

    def now(self) -> datetime:
        """The providers' time, for what is published now."""
        return self.clock() if self.today is None else self.today

    def _made(self, collection: str) -> tuple[Product, ...]:
        if collection == FILES:
            data = self.settings.data
            return self._samples if data is None else directory_products(data)
        return self._by_collection.get(collection, ())

    @cached_property
    def _by_collection(self) -> dict[str, tuple[Product, ...]]:
        space = cdse_products(self.fields)
        return {
            SST: sst.sst_products(self.fields),
            TICKS: ticks.tick_products(self.fields),
            SLSTR: tuple(p for p in space if p.collection == SLSTR),
            TROPOMI: tuple(p for p in space if p.collection == TROPOMI),
        }

    @cached_property
    def _samples(self) -> tuple[Product, ...]:
        return sample_products(self.fields)


def stock_of(request: Request) -> Stock:
    """The stock of the process that answers."""
    stock: Stock = request.app.state.stock
    return stock


TheStock = Annotated[Stock, Depends(stock_of)]


def room_of(request: Request) -> str:
    """The room that is asked: the first part of the path."""
    return request.url.path.split("/")[1]


def base_url(request: Request) -> str:
    """Scheme, host and port under which this process was asked, without a slash at the end."""
    return str(request.base_url).rstrip("/")
