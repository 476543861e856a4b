"""Item revisions: made of granules, worked towards publication, succeeded by newer ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select

from lake.ledger import work
from lake.ledger.alone import alone
from lake.ledger.ledger import Transaction
from lake.ledger.schema import granule, item, item_granule, offer
from lake.ledger.states import ITEM_MOVES, ItemState, may_follow
from lake.nouns import Granule, ItemId, Window


@dataclass(frozen=True, slots=True)
class LedgeredItem:
    """An item revision with its place in the ledger; ``cube`` … ``stac`` as plain JSON.

    ``snapshot`` is that of the growing cube with which it came; ``outside`` is why it did not.
    ``returns`` is how often it came back, or is to come back, after it was out.
    """

    id: ItemId
    collection: str
    key: str
    revision: str
    sequence: int
    state: ItemState
    cube: Any
    verdict: Any
    stac: Any
    created_at: datetime
    published_at: datetime | None
    reason: str | None
    snapshot: str | None
    outside: str | None
    returns: int


def claim(
    tx: Transaction, states: Sequence[ItemState], ids: Sequence[ItemId]
) -> list[LedgeredItem]:
    """Take those of ``ids`` that are free and in one of ``states``."""
    taken = work.claim(tx, item, states, ids)
    return list(_read(tx, select(item).where(item.c.id.in_(taken)).order_by(item.c.id)))


def in_state(tx: Transaction, states: Sequence[ItemState], ids: Sequence[ItemId]) -> list[ItemId]:
    """Return those of ``ids`` that are in one of ``states``."""
    rows = select(item.c.id).where(item.c.id.in_(list(ids)), item.c.state.in_(list(states)))
    return [ItemId(i) for i in tx.connection.execute(rows.order_by(item.c.id)).scalars()]


def unfinished(tx: Transaction, collection: str) -> list[ItemId]:
    """Return the ids of revisions that are on their way, oldest first."""
    on_the_way = (ItemState.ASSEMBLING, ItemState.CONVERTED, ItemState.JUDGED)
    rows = (
        select(item.c.id)
        .where(item.c.collection == collection, item.c.state.in_(on_the_way))
        .order_by(item.c.id)
    )
    return [ItemId(i) for i in tx.connection.execute(rows).scalars()]


def known(tx: Transaction, row: ItemId) -> LedgeredItem | None:
    """Return a revision by its id; None where there is none."""
    return next(iter(_read(tx, select(item).where(item.c.id == row))), None)


def newest(
    tx: Transaction, collection: str, states: Sequence[ItemState], count: int
) -> list[LedgeredItem]:
    """Return the ``count`` newest revisions of a collection in ``states``, the newest first."""
    rows = select(item).where(item.c.collection == collection, item.c.state.in_(list(states)))
    return list(_read(tx, rows.order_by(item.c.id.desc()).limit(count)))


def before(tx: Transaction, row: LedgeredItem, start: datetime | None) -> LedgeredItem | None:
    """Return the item of the collection that came before ``row``; None where it is the first.

    It has passed the gate and is the last that begins before ``start``, or at that time as an
    older revision. Without ``start``, it is the last that was published.
    """
    passed = select(item).where(
        item.c.collection == row.collection,
        item.c.id != row.id,
        item.c.state.in_([ItemState.JUDGED, ItemState.PUBLISHED]),
    )
    if start is None:
        rows = passed.order_by(item.c.published_at.desc().nulls_last(), item.c.id.desc())
    else:
        is_older = and_(item.c.key == row.key, item.c.sequence < row.sequence)
        earlier = or_(item.c.start_at < start, and_(item.c.start_at == start, is_older))
        rows = passed.where(earlier).order_by(item.c.start_at.desc(), item.c.id.desc())
    return next(iter(_read(tx, rows.limit(1))), None)


def granules_of(tx: Transaction, row: ItemId) -> list[Granule]:
    """Return the granules that an item revision is made of, in the order of their parts."""
    joined = (
        select(granule, item_granule.c.part, item_granule.c.source)
        .join(item_granule, item_granule.c.digest == granule.c.digest)
        .where(item_granule.c.item_id == row)
        .order_by(item_granule.c.part, granule.c.digest)
    )
    return [
        Granule(r.digest, r.size, r.media_type, r.location, r.part, r.source)
        for r in tx.connection.execute(joined)
    ]


def move(
    tx: Transaction, row: ItemId, before: ItemState, after: ItemState, **values: object
) -> None:
    """Move a claimed revision on. Raises LostClaim where it is another's by now."""
    may_follow(ITEM_MOVES, before, after)
    work.move(tx, item, row, before, after, **values)


def fail(tx: Transaction, row: ItemId, before: ItemState, reason: str) -> None:
    """Note that it did not work this time."""
    work.fail(tx, item, row, before, reason)


def window_of(tx: Transaction, row: LedgeredItem) -> Window:
    """Return the time that the offers of an item span."""
    span = select(
        func.min(offer.c.start_at, type_=offer.c.start_at.type),
        func.max(offer.c.end_at, type_=offer.c.end_at.type),
    ).where(offer.c.collection == row.collection, offer.c.item_key == row.key)
    start, end = tx.connection.execute(span).one()
    return Window(start, end)


def first_published(tx: Transaction, collection: str, keys: Sequence[str]) -> dict[str, datetime]:
    """Return when the first revision of each of these items came out, where one has."""
    first = (
        select(
            item.c.key,
            func.min(item.c.published_at, type_=item.c.published_at.type).label("first"),
        )
        .where(
            item.c.collection == collection,
            item.c.key.in_(list(keys)),
            item.c.published_at.is_not(None),
        )
        .group_by(item.c.key)
    )
    return {row.key: row.first for row in tx.connection.execute(first)}


def lock_of(collection: str) -> str:
    """Return the name of the lock under which a collection's items get their revisions."""
    return f"items/{collection}"


def next_sequences(tx: Transaction, collection: str, keys: Sequence[str]) -> dict[str, int]:
    """Return for each of these items the place of its next revision among those that it has.

    Nobody else adds a revision in the collection until this transaction ends.
    """
    alone(tx.connection, lock_of(collection))
    highest = (
        select(item.c.key, func.max(item.c.sequence).label("last"))
        .where(item.c.collection == collection, item.c.key.in_(list(keys)))
        .group_by(item.c.key)
    )
    last = {row.key: int(row.last) for row in tx.connection.execute(highest)}
    return {key: last.get(key, 0) + 1 for key in keys}


def published(tx: Transaction, collection: str | None = None) -> list[LedgeredItem]:
    """Return the revisions that are out, ordered by collection and key."""
    rows = select(item).where(item.c.state == ItemState.PUBLISHED)
    if collection is not None:
        rows = rows.where(item.c.collection == collection)
    return list(_read(tx, rows.order_by(item.c.collection, item.c.key)))


def _read(tx: Transaction, rows: Select[Any]) -> Iterable[LedgeredItem]:
    for row in tx.connection.execute(rows):
        yield ledgered(row)


def ledgered(r: Row[Any]) -> LedgeredItem:
    """Return a row of the table as the house knows it."""
    return LedgeredItem(
        id=ItemId(r.id),
        collection=r.collection,
        key=r.key,
        revision=r.revision,
        sequence=r.sequence,
        state=ItemState(r.state),
        cube=r.cube,
        verdict=r.verdict,
        stac=r.stac,
        created_at=r.created_at,
        published_at=r.published_at,
        reason=r.reason,
        snapshot=r.snapshot,
        outside=r.outside,
        returns=r.returns,
    )
