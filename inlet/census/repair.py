"""Mending what a census found: fetched, converted, moved aside, signalled or exported anew.

Nothing is ever deleted: what nothing names is moved to ``.lost+found/<when>/``.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from catalog import events
from inlet import steps
from inlet.census.census import AS_USUAL, Depth, take
from inlet.census.gaps import Census, Gap, Kind
from inlet.harvest import harvest
from inlet.house import House
from inlet.spans import merged
from lake.errors import LostClaim
from lake.ledger import items, mending, outbox, survey
from lake.ledger.states import ItemState
from lake.nouns import Item, ItemId, Window

LOST_AND_FOUND = ".lost+found"
HARVESTED = frozenset({Kind.MISSING, Kind.STALE, Kind.TORN, Kind.UNPUBLISHED})
"""Kinds that a harvest of their time mends."""
_APART = timedelta(days=1)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Repaired:
    """What was done."""

    reopened: int = 0
    moved_aside: int = 0
    signalled: int = 0
    harvests: int = 0
    published: int = 0


def reckon(
    house: House, collection: str, window: Window, depth: Depth = AS_USUAL, mend: bool = False
) -> tuple[Census, Repaired | None]:
    """Take a census; with ``mend``, repair what it finds, and return what is found afterwards.

    Raises:
        HarvestError: the provider could not be asked while gaps were mended.
    """
    census = take(house, collection, window, depth)
    if not mend or census.is_complete:
        return census, None
    repaired = repair(house, census)
    return take(house, collection, window, depth), repaired


def repair(house: House, census: Census) -> Repaired:
    """Mend what can be mended. Another census says what is left.

    Raises:
        HarvestError: the provider could not be asked; what was mended until then stays.
    """
    done = Repaired()
    shelf = f"{LOST_AND_FOUND}/{house.ledger.clock():%Y%m%dT%H%M%S.%fZ}"
    for gap in census.gaps:
        if gap.kind is Kind.TORN:
            _reopen(house, census.collection, gap, shelf, done)
        elif gap.kind is Kind.ORPHANED:
            _set_aside(house, gap, shelf)
            done.moved_aside += 1
        elif gap.kind is Kind.UNSIGNALLED and gap.item is not None:
            _signal(house, census.collection, gap.name, gap.item)
            done.signalled += 1
    _harvest(house, census.collection, census.gaps, done)
    steps.announce(house)  # writes the static catalogue, and sends what was not sent
    log.info("A census was followed by repairs", collection=census.collection, **_counts(done))
    return done


def _reopen(house: House, collection: str, gap: Gap, shelf: str, done: Repaired) -> None:
    reason = f"census: {gap.detail}"
    try:
        with house.ledger.begin() as tx:
            if gap.offer is not None:
                mending.reopen_offer(tx, gap.offer, reason)
            elif gap.item is not None and gap.state is not None:
                if gap.state is ItemState.PUBLISHED:
                    house.publisher.hide(tx, collection, gap.name, reason)
                mending.reopen_item(tx, gap.item, gap.state, reason)
    except LostClaim as lost:
        log.warning("What is torn was left to its owner", name=gap.name, why=str(lost))
        return
    done.reopened += 1
    _set_aside(house, gap, shelf)  # else the wrong bytes would pass for those that are to come


def _set_aside(house: House, gap: Gap, shelf: str) -> None:
    if gap.key is None:
        return
    if gap.in_catalogue:
        root = house.settings.catalog_root
        target = root / shelf / gap.key
        target.parent.mkdir(parents=True, exist_ok=True)
        (root / gap.key).rename(target)
    elif house.store.look(gap.key) is not None:
        house.store.move(gap.key, f"{shelf}/{gap.key}")


def _signal(house: House, collection: str, key: str, row: ItemId) -> None:
    """Write the event that publishing should have written, under the id that it should have."""
    with house.ledger.begin() as tx:
        out = items.known(tx, row)
        if out is None:
            return
        before = survey.was_published_before(tx, collection, key, row)
        type_ = events.UPDATED if before else events.CREATED
        item = Item(collection, key, out.revision, json.dumps(out.stac))
        outbox.append(tx, events.item_published(item, type_, tx.now, out.returns))


def _harvest(house: House, collection: str, gaps: Iterable[Gap], done: Repaired) -> None:
    windows = [gap.window for gap in gaps if gap.kind in HARVESTED and gap.window is not None]
    for window in merged(windows, _APART):
        done.published += harvest(house, collection, window).published
        done.harvests += 1


def _counts(done: Repaired) -> dict[str, int]:
    return {
        "reopened": done.reopened,
        "moved_aside": done.moved_aside,
        "signalled": done.signalled,
        "harvests": done.harvests,
    }
