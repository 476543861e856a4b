"""Offers put into a ledger, and what became of them."""

from typing import Any

from sqlalchemy import Row, select

from harvesters.discovery import discover
from harvesters.gateway import Product
from harvesters.source import Source
from lake.ledger import offers
from lake.ledger.ledger import Ledger
from lake.ledger.schema import granule, offer, offer_granule
from lake.nouns import OfferId
from tests.harvesters.fake_gateway import WINDOW, FakeGateway, product

COLLECTION = "things"
SOURCE = Source(provider="fake", collection="THINGS")


def discovered(ledger: Ledger, *products: Product, needs_order: bool = False) -> list[OfferId]:
    """Discover products (one if none is given); return the ids of their offers."""
    gateway = FakeGateway(products or (product("a", needs_order=needs_order),))
    discover(ledger, gateway, COLLECTION, SOURCE, WINDOW)
    with ledger.begin() as tx:
        return offers.unfinished(tx, COLLECTION)


def row_of(ledger: Ledger, row: OfferId) -> Row[Any]:
    """Return an offer's row as the database has it."""
    with ledger.begin() as tx:
        return tx.connection.execute(select(offer).where(offer.c.id == row)).one()


def granules_of(ledger: Ledger, row: OfferId) -> list[Row[Any]]:
    """Return the granules that landed for an offer."""
    joined = select(granule, offer_granule.c.source).join(
        offer_granule, offer_granule.c.digest == granule.c.digest
    )
    with ledger.begin() as tx:
        return list(tx.connection.execute(joined.where(offer_granule.c.offer_id == row)))
