"""What a static catalogue says of itself besides its links: how many items, and of what time.

Nobody can find an item that no file links to. But a collection may state a count
(``numberMatched``), or be served by an API beside its files (``rel=items``), and it must state
the time of its data (STAC Collection, "Extent"). Where the links fall short of that, something is
hidden. What a catalogue hides from its own account, too, leaves no witness.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from lake.nouns import Window

_SLACK = timedelta(days=1)  # extents are often written in whole days
_COUNTS = ("numberMatched", "numberOfItems")

Document = Mapping[str, Any]


@dataclass(slots=True)
class Account:
    """What the documents of one collection said; ``items_url`` is where an API lists them."""

    stated: int | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    items_url: str | None = None

    def hear(self, document: Document, url: str, names: Collection[str]) -> None:
        """Take note of a document, if it is the collection's own."""
        if document.get("type") != "Collection" or document.get("id") not in names:
            return
        counted = counted_in(document)
        self.stated = counted if counted is not None else self.stated
        self.begins, self.ends = _interval(document)
        for link in document.get("links") or []:
            if link.get("rel") == "items" and link.get("href"):
                self.items_url = urljoin(url, str(link["href"]))

    def doubts(self, found: Window | None) -> tuple[str, ...]:
        """Return where what was found does not reach as far as the collection says."""
        if found is None:
            return ()
        said = []
        if self.begins is not None and found.start > self.begins + _SLACK:
            said.append(_short("begin", self.begins, found.start))
        if self.ends is not None and found.end < self.ends - _SLACK:
            said.append(_short("end", self.ends, found.end))
        return tuple(said)


def counted_in(document: Document) -> int | None:
    """Return how many items a document says that there are; None where it does not."""
    context = document.get("context")
    within = context.get("matched") if isinstance(context, Mapping) else None
    named = [*(document.get(name) for name in _COUNTS), within]
    return next((count for count in named if isinstance(count, int)), None)


def hull(windows: Iterable[Window]) -> Window | None:
    """Return the time from the first begin to the last end; None of nothing."""
    known = list(windows)
    if not known:
        return None
    return Window(min(w.start for w in known), max(w.end for w in known))


def _interval(document: Document) -> tuple[datetime | None, datetime | None]:
    extent = document.get("extent")
    temporal = extent.get("temporal") if isinstance(extent, Mapping) else None
    intervals = temporal.get("interval") if isinstance(temporal, Mapping) else None
    first = intervals[0] if isinstance(intervals, list) and intervals else None
    if not isinstance(first, list) or len(first) != len(("begin", "end")):
        return None, None
    return _moment(first[0]), _moment(first[1])


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _short(verb: str, said: datetime, found: datetime) -> str:
    return (
        f"its collection says that its data {verb} at {said:%Y-%m-%dT%H:%M:%SZ}, those that are "
        f"linked {verb} at {found:%Y-%m-%dT%H:%M:%SZ}"
    )
