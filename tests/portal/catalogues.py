"""Makers of catalogues in a real pgstac, for the portal to show."""

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from pypgstac.db import PgstacDB
from pypgstac.load import Loader, Methods
from sqlalchemy import URL

from catalog.collection import Overview, describe_collection
from catalog.item import Identity
from catalog.template import StacProvider, StacTemplate
from tests.catalog.makers import a_cube, described, on_cells
from tests.makers import NEW_YEAR

_AT_ONCE = 5_000


def fill(database: URL, items: Iterable[dict[str, Any]]) -> None:
    """Put items into a catalogue, batch by batch, and before them their collections."""
    dsn = database.set(drivername="postgresql").render_as_string(hide_password=False)
    with PgstacDB(dsn=dsn) as pgstac:
        loader = Loader(pgstac)
        rest, known = iter(items), set[str]()
        while batch := list(islice(rest, _AT_ONCE)):
            new = {item["collection"] for item in batch} - known
            loader.load_collections((a_collection(n) for n in sorted(new)), Methods.upsert)
            loader.load_items(iter(batch), Methods.upsert)
            known |= new


def a_collection(name: str) -> dict[str, Any]:
    template = StacTemplate(
        title=f"The collection {name}",
        description="Hourly temperature.",
        license="CC-BY-4.0",
        keywords=("reanalysis",),
        providers=(StacProvider(name="ECMWF", roles=("producer",)),),
    )
    seen = Overview(boxes=[(-180.0, -90.0, 180.0, 90.0)], start=NEW_YEAR)
    collection: dict[str, Any] = json.loads(describe_collection(name, template, seen))
    return collection


def items_of(collection: str, count: int) -> Iterator[dict[str, Any]]:
    """Items an hour apart, each one degree wide, along the equator."""
    for number in range(count):
        west = number % 350 - 175.0
        start = NEW_YEAR + timedelta(hours=number)
        cube = a_cube(on_cells(), bbox=(west, -5.0, west + 1, 5.0), start=start, end=start)
        name = Identity(collection, f"{collection}-{number:06}", "r1")
        item: dict[str, Any] = json.loads(described(name, cube).stac)
        item["links"] = []
        yield item
