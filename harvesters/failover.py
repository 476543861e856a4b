"""Several providers of one collection: the first that answers, the next for what is missing."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from harvesters import cursor, discovery, rescan
from harvesters.discovery import Found
from harvesters.errors import HarvestError, NotNow
from harvesters.gateway import By, Gateway
from harvesters.selection import Selection
from harvesters.source import Source
from lake.ledger import coverage, watermarks
from lake.ledger.ledger import Ledger
from lake.nouns import Window

log = structlog.get_logger(__name__)

_NOTHING_DUE = Found(stated=None, found=0, unique=0, new=0)


def discover(
    ledger: Ledger,
    gateway: Gateway,
    collection: str,
    sources: Sequence[Source],
    window: Window | None = None,
    beginning: datetime | None = None,
    selection: Selection | None = None,
) -> Found:
    """Note what the first source that answers has in ``window``, or since its cursor.

    Of a ``selection`` only what it takes; it needs a window.

    A provider that does not answer, or whose circuit is open, is passed over for the next one;
    its own cursor stays, so that it is asked for the same again when it is back.

    Raises:
        HarvestError: no source could be asked to the end; the error is that of the first.
    """
    first: HarvestError | None = None
    begins = beginning
    for source in sources:
        if window is None and begins is None:
            begins = _position(ledger, collection, sources)
        try:
            return _asked(ledger, gateway, collection, source, window, begins, selection)
        except NotNow as error:
            first = first or error
            log.warning(
                "A provider was passed over",
                collection=collection,
                provider=source.provider,
                why=f"{type(error).__name__}: {error}",
            )
    if first is None:
        raise ValueError(f"{collection}: expected at least one source, came none")
    raise first


def stand_in(ledger: Ledger, gateway: Gateway, collection: str, sources: Sequence[Source]) -> int:
    """Ask further sources for what ended badly at every one before; return how many offers came.

    Each source is asked once for what it did not offer: an item that nobody has ends there.
    """
    came = 0
    for source in sources[1:]:
        with ledger.begin() as tx:
            missing = coverage.gaps(tx, collection, source.provider)
        for window in _merged([gap.window for gap in missing]):
            try:
                came += discovery.discover(ledger, gateway, collection, source, window).new
            except HarvestError as error:
                log.warning(
                    "A provider could not stand in",
                    collection=collection,
                    provider=source.provider,
                    why=f"{type(error).__name__}: {error}",
                )
        if came:
            break
    return came


def _asked(
    ledger: Ledger,
    gateway: Gateway,
    collection: str,
    source: Source,
    window: Window | None,
    beginning: datetime | None,
    selection: Selection | None,
) -> Found:
    if window is not None:
        return discovery.discover(
            ledger, gateway, collection, source, window, By.SENSING, selection
        )
    due = cursor.due(ledger, gateway, collection, source, beginning)
    found = _NOTHING_DUE
    if due.window is not None:
        found = discovery.discover(ledger, gateway, collection, source, due.window, due.by)
    return rescan.look_again(ledger, gateway, collection, source, found)


def _position(ledger: Ledger, collection: str, sources: Sequence[Source]) -> datetime | None:
    """Return where the cursors of other sources stand: one that is asked first begins there."""
    with ledger.begin() as tx:
        marks = watermarks.every(tx, collection)
    known = {mark.provider: mark.position for mark in marks}
    stand = [known[source.provider] for source in sources if source.provider in known]
    return min(stand, default=None)


def _merged(windows: Sequence[Window]) -> list[Window]:
    """Return windows that touch as one."""
    found: list[Window] = []
    for window in sorted(windows, key=lambda w: w.start):
        if found and window.start <= found[-1].end:
            found[-1] = Window(found[-1].start, max(found[-1].end, window.end))
        else:
            found.append(window)
    return found
