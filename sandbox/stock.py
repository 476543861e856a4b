"""Everything that the rooms of one process share."""

import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from sandbox.faults import Faults
from sandbox.fields import Fields
from sandbox.holdings import sst
from sandbox.holdings.cdse import cdse_products
from sandbox.holdings.directory import directory_products
from sandbox.holdings.products import Product
from sandbox.holdings.samples import sample_products
from sandbox.holdings.sst import sst_products
from sandbox.orders import Json, OrderBook
from sandbox.settings import Settings
from sandbox.shelf import AtRest, Shelf
from sandbox.tokens import Tokens

SST, FILES = sst.COLLECTION, "files"
WRONG_DIGIT = {digit: "0123456789abcdef"[15 - n] for n, digit in enumerate("0123456789abcdef")}


def utc_now() -> datetime:
    """The clock of the process."""
    return datetime.now(UTC)


@dataclass
class Stock:
    """The fields, the shelf, the switchboard, the order book, the tokens, the sinks."""

    settings: Settings
    clock: Callable[[], datetime] = utc_now
    faults: Faults = field(default_factory=Faults)
    received: defaultdict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.fields = Fields(self.settings.seed)
        self.shelf = Shelf(Path(tempfile.mkdtemp(prefix="inlet-sandbox-")))
        self.orders = OrderBook(self.clock, self.settings.order_delay)
        self.tokens = Tokens(self.settings.key, self.settings.token_lifetime, self.clock)

    def close(self) -> None:
        """Stop making things and take them away."""
        self.orders.close()
        self.shelf.clear()

    def stac_products(self, collection: str) -> tuple[Product, ...]:
        """What the STAC room offers; files are looked for anew each time."""
        if collection == SST:
            return self._sst
        if collection != FILES:
            return ()
        data = self.settings.data
        return self._samples if data is None else directory_products(data)

    @cached_property
    def cdse(self) -> tuple[Product, ...]:
        """What the OData room offers."""
        return cdse_products(self.fields)

    @cached_property
    def _sst(self) -> tuple[Product, ...]:
        return sst_products(self.fields)

    @cached_property
    def _samples(self) -> tuple[Product, ...]:
        return sample_products(self.fields)

    def rest(self, room: str, product: Product) -> AtRest:
        """The product's bytes, torn if the switchboard says so."""
        torn = self.faults.marks("garbage_data", room, f"{product.collection}/{product.id}")
        return product.at_rest(self.shelf, torn=torn is not None)

    def stated(self, room: str, product: str, digest: str) -> str:
        """The digest that the metadata state: the true one, or all digits wrong."""
        if self.faults.marks("wrong_checksum", room, product) is None:
            return digest
        return "".join(WRONG_DIGIT[digit] for digit in digest)


def stock_of(request: Request) -> Stock:
    """The stock of the process that answers."""
    stock: Stock = request.app.state.stock
    return stock


TheStock = Annotated[Stock, Depends(stock_of)]


def gate(request: Request, stock: TheStock) -> None:
    """Refuse at the door, if the switchboard says so. The room is the path's first part."""
    path = request.url.path
    room = path.split("/")[1]
    if fault := stock.faults.strikes("http_429_with_retry_after", room, path):
        after = f"{fault.number('retry_after', 1):g}"
        raise HTTPException(429, "Too many requests", headers={"Retry-After": after})
    if stock.faults.strikes("unavailable", room, path):
        raise HTTPException(503, "Service temporarily unavailable")


def base_url(request: Request) -> str:
    """Scheme, host and port under which this process was asked, without a slash at the end."""
    return str(request.base_url).rstrip("/")
