"""Judged items into their collection's growing cube: one writer, one commit for a batch.

Recovery reads the ancestry: what was committed and not marked in the ledger is found there again.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog

from inlet.house import House
from lake.errors import LostClaim
from lake.ledger import growth, items, work
from lake.ledger import schema as tables
from lake.ledger.growth import Turn
from lake.ledger.items import LedgeredItem
from lake.ledger.states import ItemState
from lake.nouns import ItemId
from transforms.errors import GrowthFailed

LONGEST_WAIT_SECONDS = work.LEASE.total_seconds()
_LOOK_EVERY_SECONDS = 0.5

log = structlog.get_logger(__name__)


def settled(house: House, ids: Sequence[ItemId]) -> list[ItemId]:
    """Return those of ``ids`` that wait for no growing cube."""
    awaited = {row for rows in _awaited(house, ids).values() for row in rows}
    return [row for row in ids if row not in awaited]


def grow(house: House, ids: Sequence[ItemId]) -> None:
    """Copy those of ``ids`` that wait for it into the growing cubes of their collections.

    An item that does not fit stays outside, with the reason. Where another process writes a cube,
    its turn is waited for; where it does not end, the items wait for the next harvest.
    """
    for collection, rows in _awaited(house, ids).items():
        with turn_at(house, collection) as turn:
            if turn is not None:
                _grow(house, turn, rows)


def _awaited(house: House, ids: Sequence[ItemId]) -> dict[str, list[ItemId]]:
    with house.ledger.begin() as tx:
        waiting = growth.waiting(tx, ids)
    collections = {name: house.portfolio.collection(name) for name in waiting}
    return {name: waiting[name] for name, found in collections.items() if found.recipe.growth}


@contextmanager
def turn_at(house: House, collection: str) -> Iterator[Turn | None]:
    """Give the turn to write a growing cube; None where another process keeps it too long."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while (turn := _claimed(house, collection)) is None and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_SECONDS)
    try:
        yield turn
    finally:
        if turn is not None:
            with house.ledger.begin() as tx:
                growth.release(tx, turn)


def _claimed(house: House, collection: str) -> Turn | None:
    with house.ledger.begin() as tx:
        return growth.claim(tx, collection)


def _grow(house: House, turn: Turn, rows: Sequence[ItemId]) -> None:
    from inlet.growing_commit import copy  # noqa: PLC0415 - parsing stays light

    with house.ledger.begin() as tx:
        claimed = items.claim(tx, [ItemState.JUDGED], rows)
    try:
        copy(house, turn, claimed)
    except GrowthFailed as error:
        log.warning("A growing cube did not grow", collection=turn.collection, why=str(error))
        for item in claimed:
            _fail(house, item, error)
    except LostClaim as lost:
        log.warning("A growing cube was left to its new writer", why=str(lost))
    finally:
        with house.ledger.begin() as tx:
            work.release(tx, tables.item, [item.id for item in claimed])


def _fail(house: House, item: LedgeredItem, error: GrowthFailed) -> None:
    try:
        with house.ledger.begin() as tx:
            items.fail(tx, item.id, ItemState.JUDGED, f"{type(error).__name__}: {error}")
    except LostClaim as lost:
        log.warning("A failure was left to the item's new owner", item=item.id, why=str(lost))
