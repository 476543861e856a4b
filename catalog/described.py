"""A claimed revision and the description that somebody hands in for it, read and held against."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.errors import BadQuery, InvalidStac, WrongItem
from catalog.times import from_text
from catalog.validation import check_item
from lake.ledger.items import LedgeredItem
from lake.ledger.revisions import Extent
from lake.nouns import Item

Pair = tuple[LedgeredItem, Item]
"""A claimed, judged revision and its description."""


@dataclass(frozen=True, slots=True)
class Described:
    """A revision and its description, as text and as JSON; its place, and when it is out."""

    row: LedgeredItem
    item: Item
    stac: dict[str, Any]
    extent: Extent
    at: datetime


def read(row: LedgeredItem, item: Item) -> Described:
    """Return a revision with its description, once that is known to be whole.

    Raises:
        WrongItem: it is the description of another.
        InvalidStac: it breaks a rule of STAC, or lacks what a search looks at.
    """
    claimed = (row.collection, row.key, row.revision)
    named = (item.collection, item.key, item.revision)
    if claimed != named:
        raise WrongItem(
            f"expected the description of {claimed}, came that of {named}; describe the "
            "revision that was claimed"
        )
    stac = check_item(item.stac)
    try:
        extent, at = _extent(stac), from_text(stac["properties"]["published"])
    except (KeyError, TypeError, ValueError, BadQuery) as error:
        raise InvalidStac(
            f"item {item.key!r}: expected a bbox of four numbers, start_datetime before "
            f"end_datetime, and when it was published; came {error!r}. Nothing was published"
        ) from error
    return Described(row, item, stac, extent, at)


def _extent(stac: dict[str, Any]) -> Extent:
    west, south, east, north = stac["bbox"]
    times = stac["properties"]
    start, end = from_text(times["start_datetime"]), from_text(times["end_datetime"])
    if start > end:
        raise BadQuery(f"{times['start_datetime']} after {times['end_datetime']}")
    return Extent(start, end, (west, south, east, north))
