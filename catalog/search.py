"""Searching the published items: by collection, box, time and id, newest first."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Row, Select, and_, case, or_, select

from catalog.errors import BadQuery
from catalog.geometry import Box, spans
from catalog.times import from_text
from lake.ledger.ledger import Transaction
from lake.ledger.schema import item
from lake.ledger.states import ItemState

MAX_LIMIT = 10_000
_FLAT, _SOLID = 4, 6


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval of time, as STAC searches have it; None is an open end."""

    start: datetime | None = None
    end: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``start/end`` or one instant; ``..`` or nothing is an open end.

        Raises:
            BadQuery: it is not RFC 3339, both ends are open, or the end is before the start.
        """
        first, slash, last = text.partition("/")
        if not slash:
            return cls(from_text(first), from_text(first))
        start, end = (None if t in {"", ".."} else from_text(t) for t in (first, last))
        if start is None and end is None:
            raise BadQuery(f"expected at least one end of {text!r} to be a time; leave it out")
        if start is not None and end is not None and start > end:
            raise BadQuery(f"expected start before end, came {text!r}; swap them")
        return cls(start, end)


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; what is empty or None asks for nothing.

    ``bbox`` has four numbers, or six with heights (which items do not have, so they exclude
    none); west > east crosses the antimeridian. Touching counts as meeting.
    """

    collections: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    bbox: tuple[float, ...] | None = None
    interval: Interval | None = None
    limit: int = 10

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise BadQuery(f"expected a limit from 1 to {MAX_LIMIT}, came {self.limit}")
        if self.bbox is not None:
            flat_box(self.bbox)


@dataclass(frozen=True, slots=True)
class Found:
    """A published item."""

    collection: str
    key: str
    revision: str
    start: datetime
    end: datetime
    bbox: Box
    published: datetime
    stac: str


def search(tx: Transaction, query: Query) -> list[Found]:
    """Return the published items that meet every part of ``query``, latest data first."""
    rows = _published().where(*_conditions(query))
    newest = rows.order_by(item.c.start_at.desc(), item.c.collection, item.c.key)
    return [_found(row) for row in tx.connection.execute(newest.limit(query.limit))]


def published(tx: Transaction, collection: str) -> Iterator[Found]:
    """Give every published item of a collection, by key."""
    rows = _published().where(item.c.collection == collection).order_by(item.c.key)
    for row in tx.connection.execute(rows):
        yield _found(row)


def collections(tx: Transaction) -> list[str]:
    """Return the names of the collections that have published items."""
    names = select(item.c.collection).where(item.c.state == ItemState.PUBLISHED).distinct()
    return sorted(tx.connection.execute(names).scalars())


def flat_box(numbers: tuple[float, ...]) -> Box:
    """Return the horizontal part of a box of four or six numbers.

    Raises:
        BadQuery: it is no box on a globe in degrees.
    """
    if len(numbers) not in {_FLAT, _SOLID} or not all(map(math.isfinite, numbers)):
        raise BadQuery(
            f"expected west,south,east,north (or with heights: six numbers), came {numbers}"
        )
    half = len(numbers) // 2
    (west, south, *low), (east, north, *high) = numbers[:half], numbers[half:]
    if not (-180 <= west <= 180 and -180 <= east <= 180):  # noqa: PLR2004 - degrees
        raise BadQuery(f"expected longitudes within ±180°, came {west} and {east}")
    if not -90 <= south <= north <= 90 or low > high:  # noqa: PLR2004 - degrees
        raise BadQuery(f"expected south below north within ±90°, low below high; came {numbers}")
    return (west, south, east, north)


def _published() -> Select[Any]:
    columns = ("collection", "key", "revision", "start_at", "end_at", "published_at", "stac")
    box = ("west", "south", "east", "north")
    return select(*(item.c[name] for name in columns + box)).where(
        item.c.state == ItemState.PUBLISHED
    )


def _conditions(query: Query) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.collections:
        found.append(item.c.collection.in_(query.collections))
    if query.ids:
        found.append(item.c.key.in_(query.ids))
    if query.bbox is not None:
        found.append(_meets(flat_box(query.bbox)))
    if query.interval is not None and query.interval.start is not None:
        found.append(item.c.end_at >= query.interval.start)
    if query.interval is not None and query.interval.end is not None:
        found.append(item.c.start_at <= query.interval.end)
    return found


def _meets(box: Box) -> ColumnElement[bool]:
    west, south, east, north = box
    return and_(
        item.c.south <= north,
        item.c.north >= south,
        or_(*(_meets_span(w, e) for w, e in spans(west, east))),
    )


def _meets_span(west: float, east: float) -> ColumnElement[bool]:
    """Return whether an item meets a plain span; one with west > east covers both its sides."""
    from_west, from_east = item.c.west <= east, item.c.east >= west
    crosses = item.c.west > item.c.east
    return case((crosses, or_(from_west, from_east)), else_=and_(from_west, from_east))


def _found(r: Row[Any]) -> Found:
    return Found(
        collection=r.collection,
        key=r.key,
        revision=r.revision,
        start=r.start_at,
        end=r.end_at,
        bbox=(r.west, r.south, r.east, r.north),
        published=r.published_at,
        stac=json.dumps(r.stac),
    )
