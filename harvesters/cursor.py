"""Where the next harvest of a collection begins, and when that moves on.

The cursor counts in publication time where the provider can be asked for it; then late data and
new revisions come by themselves. Else it counts in the time of the data, and a span of lateness is
read again each time. It passes a window only when that is accounted for and none of its offers is
on the way: what failed is listed, and is tried again from the ledger.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from harvesters.errors import Misconfigured
from harvesters.gateway import By, Gateway, Ways
from harvesters.source import Source
from lake.ledger import watermarks, windows
from lake.ledger.ledger import Ledger
from lake.nouns import Window


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be harvested next; ``window`` is None where there is nothing yet."""

    window: Window | None
    by: By


def due(
    ledger: Ledger,
    gateway: Gateway,
    collection: str,
    source: Source,
    beginning: datetime | None = None,
) -> Due:
    """Return the window from a source's cursor to now; a cursor that is not there is begun.

    It begins at ``beginning``, else where the source says.

    Raises:
        Misconfigured: nobody says where it begins, or the cursor counts in another time by now.
    """
    ways = [gateway.ways(source, part) for part in source.parts]
    by = counts_in(ways)
    with ledger.begin() as tx:
        mark = watermarks.find(tx, collection, source.provider)
        if mark is None:
            begins = source.since or beginning
            if begins is None:
                raise Misconfigured(_nowhere(collection))
            watermarks.put(tx, collection, source.provider, by, begins)
            position = begins
        elif mark.by != by:
            raise Misconfigured(
                f"{collection}: expected a cursor of {source.provider} in {by} time, it stands in "
                f"{mark.by} time; set it anew: `inlet cursor set {collection} --to TIME`"
            )
        else:
            position = mark.position
    return Due(_window(source, ways, by, position, ledger.clock()), by)


def advance(ledger: Ledger, collection: str, source: Source) -> datetime | None:
    """Move a source's cursor past what is durably accounted for; return where it stands."""
    with ledger.begin() as tx:
        mark = watermarks.find(tx, collection, source.provider)
        if mark is None:
            return None
        known = windows.accounted(
            tx, collection, source.provider, mark.by, source.parts, mark.position
        )
        reached = min(_reach(mark.position, found) for found in known.values())
        unfinished = watermarks.oldest_unfinished(tx, collection, source.provider, mark.by)
        if unfinished is not None:
            reached = min(reached, unfinished)
        if reached > mark.position:
            watermarks.put(tx, collection, source.provider, mark.by, reached)
        return max(reached, mark.position)


def put(
    ledger: Ledger, gateway: Gateway, collection: str, source: Source, position: datetime
) -> By:
    """Set a source's cursor; return in which time it counts."""
    by = counts_in([gateway.ways(source, part) for part in source.parts])
    with ledger.begin() as tx:
        watermarks.put(tx, collection, source.provider, by, position)
    return by


def counts_in(ways: Iterable[Ways]) -> By:
    """Return in which time a cursor counts: publication, where every part can be asked for it."""
    return By.PUBLISHED if all(way.by_publication for way in ways) else By.SENSING


def _window(
    source: Source, ways: list[Ways], by: By, position: datetime, now: datetime
) -> Window | None:
    overlap = max(way.overlap for way in ways)
    lateness = source.lateness or max(way.lateness for way in ways)
    if any(way.takes_orders for way in ways):
        start, end = position, _whole(now - lateness, source.split or "day")
    elif by is By.PUBLISHED:
        start, end = position - overlap, now
    else:
        start, end = position - overlap - lateness, now
    return Window(start, end) if start < end else None


def _whole(moment: datetime, split: str) -> datetime:
    """Return the last day or month that is over: an order for part of one would be another."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day if split == "day" else day.replace(day=1)


def _reach(position: datetime, found: Iterable[Window]) -> datetime:
    """Return how far windows, in order of their starts, reach without a gap."""
    for window in found:
        if window.start > position:
            break
        position = max(position, window.end)
    return position


def _nowhere(collection: str) -> str:
    return (
        f"{collection}: expected a cursor, nobody has said where it begins; give --start and "
        f"--end, or `inlet cursor set {collection} --to 2024-01-01`, or `since:` in its source"
    )
