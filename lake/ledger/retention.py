"""What is kept no longer: items past their time, and bytes that nothing needs any more."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update

from lake.ledger.items import LedgeredItem, ledgered
from lake.ledger.ledger import Transaction
from lake.ledger.schema import granule, item, item_granule, offer, offer_granule
from lake.ledger.states import ItemState, OfferState
from lake.nouns import Granule, ItemId

PAGE = 500


def aged_after(
    tx: Transaction, collection: str, before: datetime, after: int
) -> list[LedgeredItem]:
    """Return a page of published items whose time ended before a moment, by id."""
    old = (item.c.state == ItemState.PUBLISHED) & (item.c.end_at < before)
    return _page(tx, collection, old, after)


def gone_after(
    tx: Transaction, collection: str, before: datetime, after: int
) -> list[LedgeredItem]:
    """Return a page of revisions that were withdrawn before a moment and have bytes, by id."""
    gone = (item.c.state == ItemState.WITHDRAWN) & (item.c.updated_at < before)
    return _page(tx, collection, gone & item.c.removed_at.is_(None), after)


def let_go(tx: Transaction, ids: Sequence[ItemId]) -> list[Granule]:
    """Note that the granules which nothing but these items needs are gone, and return them.

    A granule is needed by every other item that it is part of, and by a landed offer that is in no
    item yet. Whoever is stopped after this asks again, and gets the same.
    """
    theirs = select(item_granule.c.digest).where(item_granule.c.item_id.in_(ids))
    free = [granule.c.digest.in_(theirs), ~_is_part_of_others(ids), ~_is_awaited()]
    tx.connection.execute(
        update(granule).where(*free, granule.c.removed_at.is_(None)).values(removed_at=tx.now)
    )
    rows = select(granule).where(*free).order_by(granule.c.digest)
    return [
        Granule(r.digest, r.size, r.media_type, r.location) for r in tx.connection.execute(rows)
    ]


def removed(tx: Transaction, ids: Sequence[ItemId]) -> None:
    """Note that nothing of these revisions rests in the lake any more."""
    tx.connection.execute(update(item).where(item.c.id.in_(ids)).values(removed_at=tx.now))


def _page(
    tx: Transaction, collection: str, wanted: ColumnElement[bool], after: int
) -> list[LedgeredItem]:
    rows = select(item).where(item.c.collection == collection, wanted, item.c.id > after)
    return [ledgered(r) for r in tx.connection.execute(rows.order_by(item.c.id).limit(PAGE))]


def _is_part_of_others(ids: Sequence[ItemId]) -> ColumnElement[bool]:
    return exists().where(
        item_granule.c.digest == granule.c.digest,
        item_granule.c.item_id == item.c.id,
        item.c.id.not_in(ids),
        item.c.removed_at.is_(None),
    )


def _is_awaited() -> ColumnElement[bool]:
    is_used = exists().where(
        item_granule.c.digest == offer_granule.c.digest,
        item_granule.c.item_id == item.c.id,
        item.c.collection == offer.c.collection,
        item.c.key == offer.c.item_key,
    )
    return exists().where(
        offer_granule.c.digest == granule.c.digest,
        offer_granule.c.offer_id == offer.c.id,
        offer.c.state == OfferState.LANDED,
        ~is_used.correlate(offer, offer_granule),
    )
