"""Revisions on their way out and after: published many at once, succeeded, withdrawn, deleted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Exists, Select, func, select, update

from lake.ledger import bulk, outbox
from lake.ledger.items import LedgeredItem, ledgered
from lake.ledger.ledger import Transaction
from lake.ledger.schema import item, item_granule, offer, offer_granule
from lake.ledger.states import ITEM_MOVES, ItemState, OfferState, may_follow
from lake.ledger.withdrawals import NOT_LISTED
from lake.nouns import ItemId

NEIGHBOURS = 3
"""How many revisions of an item its newest one and that before it have to know by name."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where and when an item lies: what a search looks at."""

    start: datetime
    end: datetime
    bbox: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Coming:
    """A held revision, its STAC item as text, its place, and when it came out, if ever.

    ``reason`` is why not to use it, if there is one. ``again`` says that it was out before, and
    was told of as its row has it until now.
    """

    id: ItemId
    stac: str
    extent: Extent
    at: datetime | None
    reason: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """A revision that came out once: what those after it have to know of it."""

    id: ItemId
    key: str
    revision: str
    sequence: int
    state: ItemState
    stac: Any


def hold(tx: Transaction, rows: Iterable[LedgeredItem]) -> dict[ItemId, datetime | None]:
    """Lock those of these claimed, judged revisions that are still ours; say when each came out.

    Most never did. One that did has been told of as its row still has it.
    """
    mine = (
        select(item.c.id, item.c.published_at)
        .where(
            bulk.among(tx, item.c.id, (row.id for row in rows)),
            item.c.state == ItemState.JUDGED,
            item.c.lease_owner == tx.owner,
        )
        .order_by(item.c.id)
        .with_for_update()
    )
    return {ItemId(r.id): r.published_at for r in tx.connection.execute(mine)}


def history(tx: Transaction, collection: str, keys: Sequence[str]) -> list[Past]:
    """Return the last revisions of each key that ever came out, the oldest first."""
    turn = func.row_number().over(partition_by=item.c.key, order_by=item.c.sequence.desc())
    out = (
        select(item.c.id, turn.label("turn"))
        .where(
            item.c.collection == collection,
            bulk.among(tx, item.c.key, keys),
            item.c.published_at.is_not(None),
        )
        .subquery()
    )
    known = (item.c.id, item.c.key, item.c.revision, item.c.sequence, item.c.state, item.c.stac)
    last = select(*known).join(out, out.c.id == item.c.id).where(out.c.turn <= NEIGHBOURS)
    found = tx.connection.execute(last.order_by(item.c.key, item.c.sequence))
    return [
        Past(ItemId(r.id), r.key, r.revision, r.sequence, ItemState(r.state), r.stac)
        for r in found
    ]


def publish(tx: Transaction, coming: Sequence[Coming]) -> None:
    """Make held revisions public."""
    may_follow(ITEM_MOVES, ItemState.JUDGED, ItemState.PUBLISHED)
    _settle(tx, ItemState.PUBLISHED, coming)


def pass_over(tx: Transaction, late: Sequence[Coming]) -> None:
    """Supersede held revisions at once: a newer one of their key is out."""
    may_follow(ITEM_MOVES, ItemState.JUDGED, ItemState.SUPERSEDED)
    _settle(tx, ItemState.SUPERSEDED, late)


def supersede(tx: Transaction, ids: Sequence[ItemId]) -> None:
    """Note that newer revisions took the place of these."""
    may_follow(ITEM_MOVES, ItemState.PUBLISHED, ItemState.SUPERSEDED)
    for part in _parts(ids):
        gone = update(item).where(item.c.id.in_(part), item.c.state == ItemState.PUBLISHED)
        tx.connection.execute(gone.values(state=ItemState.SUPERSEDED, updated_at=tx.now))


def out(tx: Transaction, collection: str, key: str) -> list[LedgeredItem]:
    """Return the revisions of an item that are in the catalogue, the oldest first, locked."""
    rows = select(item).where(
        item.c.collection == collection,
        item.c.key == key,
        item.c.published_at.is_not(None),
        item.c.state.in_([ItemState.PUBLISHED, ItemState.SUPERSEDED]),
    )
    locked = rows.order_by(item.c.sequence).with_for_update()
    return [ledgered(r) for r in tx.connection.execute(locked)]


def older(tx: Transaction, collection: str) -> list[LedgeredItem]:
    """Return the published revisions that newer ones took the place of, by key and age."""
    rows = select(item).where(
        item.c.collection == collection,
        item.c.state == ItemState.SUPERSEDED,
        item.c.published_at.is_not(None),
    )
    return [ledgered(r) for r in tx.connection.execute(rows.order_by(item.c.key, item.c.sequence))]


def mark(tx: Transaction, row: ItemId, stac: object, reason: str | None) -> None:
    """Keep a published revision that is locked, and say in it and beside it why not to use it."""
    outbox.seal(tx, [row])
    kept = update(item).where(item.c.id == row, item.c.state == ItemState.PUBLISHED)
    tx.connection.execute(kept.values(stac=stac, reason=reason, updated_at=tx.now))


def unmark(tx: Transaction, row: ItemId, stac: object) -> None:
    """Have a marked revision that is locked be as it was, and return once more."""
    outbox.seal(tx, [row])
    restored = update(item).where(item.c.id == row, item.c.state == ItemState.PUBLISHED)
    values = {"stac": stac, "reason": None, "returns": item.c.returns + 1, "updated_at": tx.now}
    tx.connection.execute(restored.values(**values))


def bury(tx: Transaction, rows: Sequence[LedgeredItem], reason: str, *, forget: bool) -> None:
    """Leave of these locked revisions a tombstone: that they were, and why they are no more.

    ``forget`` removes their description too.
    """
    for row in rows:
        may_follow(ITEM_MOVES, row.state, ItemState.WITHDRAWN)
    values: dict[str, Any] = {}
    if forget:
        outbox.seal(tx, [row.id for row in rows])
        values["stac"] = None
    gone = update(item).where(item.c.id.in_([row.id for row in rows]))
    done = gone.values(state=ItemState.WITHDRAWN, reason=reason, updated_at=tx.now, **values)
    tx.connection.execute(done)


def bereft(tx: Transaction, collection: str) -> list[LedgeredItem]:
    """Return published items, not marked yet, of which a part is offered by no provider any more.

    Of that part every offer is withdrawn: nothing newer of it is known or on its way.
    """
    is_offered = _offers_of_part().where(offer.c.state != OfferState.WITHDRAWN).exists()
    withdrawn = select(offer.c.item_key).where(
        offer.c.collection == collection, offer.c.state == OfferState.WITHDRAWN
    )
    return _out_where(
        tx,
        collection,
        item.c.reason.is_(None),
        item.c.key.in_(withdrawn),
        _part_where(~is_offered),
    )


def relisted(tx: Transaction, collection: str) -> list[LedgeredItem]:
    """Return published items, marked while no provider offered them, that landed again.

    Of each part, an offer has landed that brought the same bytes.
    """
    has_landed = (
        _offers_of_part()
        .join(offer_granule, offer_granule.c.offer_id == offer.c.id)
        .where(offer_granule.c.digest == item_granule.c.digest)
        .where(offer.c.state == OfferState.LANDED)
        .exists()
    )
    was_not_listed = item.c.reason.like(f"%{NOT_LISTED}%")
    return _out_where(tx, collection, was_not_listed, ~_part_where(~has_landed))


def _offers_of_part() -> Select[Any]:
    """Return the offers of an item's part, as a question about the item and its granule."""
    same = (offer.c.collection == item.c.collection) & (offer.c.item_key == item.c.key)
    rows = select(offer.c.id).where(same, offer.c.part == item_granule.c.part)
    return rows.correlate(item, item_granule)


def _part_where(condition: ColumnElement[bool]) -> Exists:
    """Return whether an item has a part of which this is true."""
    rows = select(item_granule.c.item_id).where(item_granule.c.item_id == item.c.id, condition)
    return rows.correlate(item).exists()


def _out_where(
    tx: Transaction, collection: str, *conditions: ColumnElement[bool]
) -> list[LedgeredItem]:
    """Return the published items of a collection of which all of this is true."""
    is_out = item.c.collection == collection, item.c.state == ItemState.PUBLISHED
    rows = select(item).where(*is_out, *conditions).order_by(item.c.id)
    return [ledgered(r) for r in tx.connection.execute(rows)]


def _settle(tx: Transaction, after: ItemState, coming: Sequence[Coming]) -> None:
    outbox.seal(tx, [one.id for one in coming if one.again])
    free = {"not_before": None, "lease_owner": None, "lease_until": None}
    rows = [_values(one) for one in coming]
    bulk.change(tx, item, rows, state=after, attempts=0, updated_at=tx.now, **free)


def _values(coming: Coming) -> dict[str, Any]:
    west, south, east, north = coming.extent.bbox
    return {
        "id": coming.id,
        "stac": coming.stac,
        "start_at": coming.extent.start,
        "end_at": coming.extent.end,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "published_at": coming.at,
        "reason": coming.reason,
    }


def _parts(ids: Sequence[ItemId], size: int = 1000) -> list[Sequence[ItemId]]:
    return [ids[i : i + size] for i in range(0, len(ids), size)]
