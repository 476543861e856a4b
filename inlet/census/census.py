"""The census: provider ↔ lake ↔ catalogue ↔ events, every disagreement named."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import structlog

from inlet.census import listed, outcome, signals
from inlet.census.gaps import Census, Gap
from inlet.census.resting import Lake
from inlet.census.upstream import Upstream
from inlet.collection import Collection
from inlet.house import House
from inlet.spans import midnight
from lake.nouns import Window

SINCE = timedelta(days=7)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Depth:
    """How a census looks.

    ``deep`` reads every byte and compares digests, where else sizes do. What is younger than
    ``grace`` may still be on its way, and is neither orphaned nor unsent.
    """

    deep: bool = False
    grace: timedelta = timedelta(days=1)


AS_USUAL = Depth()


def take(house: House, collection: str, window: Window, depth: Depth = AS_USUAL) -> Census:
    """Compare all that there is of a collection's data in ``window``. Nothing is changed.

    Raises:
        UnknownCollection, PortfolioBroken: the collection's file cannot be used.
    """
    described = house.portfolio.collection(collection)
    asked = _asked(described, window)
    upstream = Upstream(house, described, asked)
    gaps = tuple(_gaps(house, collection, asked, depth, upstream))
    census = Census(collection, asked, upstream.listed, gaps)
    found = {kind.value: count for kind, count in census.counts.items() if count}
    log.info("A census was taken", collection=collection, listed=census.listed, **found)
    return census


def _gaps(
    house: House, collection: str, window: Window, depth: Depth, upstream: Upstream
) -> Iterator[Gap]:
    older_than = house.ledger.clock() - depth.grace
    lake = Lake(house, collection, window, depth.deep)
    yield from upstream.gaps()
    yield from lake.torn()
    yield from lake.orphaned(older_than)
    yield from outcome.unpublished(house, collection, window)
    yield from signals.unsignalled(house, collection, window, older_than)
    yield from listed.unlisted(house, collection, window)
    yield from listed.orphaned(house, collection, older_than)


def _asked(collection: Collection, window: Window) -> Window:
    """Return the whole days of a window where orders are cut by days: others are never placed."""
    if not any(source.split for source in collection.sources):
        return window
    start, end = midnight(window.start), midnight(window.end)
    return Window(start, end if end > start else start + timedelta(days=1))
