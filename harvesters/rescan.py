"""What was taken back: the latest data are listed again each day, whatever the cursor says.

A cursor in publication time asks what is new, and what has vanished is never new. So once a day
a span of the data's time is read whole, as a harvest without such a cursor reads it each time;
what was listed and is not any more is noted as withdrawn. What is older than the span is left to
the census.
"""

from dataclasses import replace
from datetime import timedelta

import structlog

from harvesters import cursor, discovery
from harvesters.discovery import Found
from harvesters.errors import HarvestError
from harvesters.gateway import By, Gateway
from harvesters.source import Source
from lake.ledger import windows
from lake.ledger.ledger import Ledger
from lake.nouns import Window

EVERY = timedelta(days=1)

log = structlog.get_logger(__name__)


def look_again(
    ledger: Ledger, gateway: Gateway, collection: str, source: Source, found: Found
) -> Found:
    """Return what a harvest found and what the day's second look adds, where one is due.

    A look that fails harms no harvest: its window names the reason, and tomorrow is another day.
    """
    window = due(ledger, gateway, collection, source)
    if window is None:
        return found
    try:
        again = discovery.discover(ledger, gateway, collection, source, window, By.SENSING)
    except HarvestError as error:
        log.warning("The latest data were not listed again", collection=collection, why=str(error))
        return found
    reasons = [reason for reason in (found.reason, again.reason) if reason]
    return replace(
        found,
        found=found.found + again.new,
        unique=found.unique + again.new,
        new=found.new + again.new,
        reason="; ".join(dict.fromkeys(reasons)) or None,
        withdrawn=found.withdrawn + again.withdrawn,
    )


def due(ledger: Ledger, gateway: Gateway, collection: str, source: Source) -> Window | None:
    """Return the time of the data to list again; None where that is not due, or never needed."""
    ways = [gateway.ways(source, part) for part in source.parts]
    span = max(way.rescan for way in ways) if source.rescan is None else source.rescan
    if cursor.counts_in(ways) is not By.PUBLISHED or not span:
        return None
    now = ledger.clock()
    with ledger.begin() as tx:
        ended = windows.ended_since(
            tx, collection, source.provider, By.SENSING, span, after=now - EVERY
        )
    return None if ended >= set(source.parts) else Window(now - span, now)
