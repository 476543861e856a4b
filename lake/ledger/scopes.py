"""What one harvest is about, of all that is known: the offers of a window or of named items."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select

from lake.ledger.ledger import Transaction
from lake.ledger.schema import item, offer
from lake.ledger.states import ItemState, OfferState
from lake.nouns import ItemId, OfferId, Window

_AT_ONCE = 500  # databases take only so many values in one statement
_OUT = (ItemState.PUBLISHED, ItemState.SUPERSEDED)
_AT_A_GOOD_END = (OfferState.LANDED, OfferState.COVERED, OfferState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class NotOut:
    """An item whose newest revision is not out, and why."""

    key: str
    state: str
    reason: str


def offers(
    tx: Transaction, collection: str, window: Window | None, keys: Collection[str] | None
) -> list[OfferId]:
    """Return the offers whose data reach into ``window``; of ``keys`` alone, where given."""
    rows = select(offer.c.id, offer.c.item_key).where(offer.c.collection == collection)
    if window is not None:
        rows = rows.where(offer.c.start_at < window.end, offer.c.end_at > window.start)
    found = tx.connection.execute(rows.order_by(offer.c.start_at, offer.c.id))
    return [OfferId(r.id) for r in found if keys is None or r.item_key in keys]


def items(tx: Transaction, collection: str, of: Sequence[OfferId]) -> list[ItemId]:
    """Return the item revisions that these offers belong to."""
    return [
        ItemId(row)
        for keys in _groups(sorted(_keys(tx, of)))
        for row in tx.connection.execute(
            select(item.c.id).where(item.c.collection == collection, item.c.key.in_(keys))
        ).scalars()
    ]


def published(tx: Transaction, collection: str, of: Sequence[OfferId]) -> list[str]:
    """Return the keys of the items of these offers that are out, sorted."""
    out = select(item.c.key).where(
        item.c.collection == collection, item.c.state == ItemState.PUBLISHED
    )
    return sorted(
        key
        for keys in _groups(sorted(_keys(tx, of)))
        for key in tx.connection.execute(out.where(item.c.key.in_(keys))).scalars()
    )


def not_out(tx: Transaction, collection: str, of: Sequence[OfferId]) -> list[NotOut]:
    """Return the items of these offers whose newest revision is not out, and why."""
    newest = {
        r.key: r
        for keys in _groups(sorted(_keys(tx, of)))
        for r in tx.connection.execute(
            select(item.c.key, item.c.state, item.c.reason)
            .where(item.c.collection == collection, item.c.key.in_(keys))
            .order_by(item.c.sequence)
        )
    }
    found: dict[str, NotOut] = {}
    for some in _groups(of):
        offered = select(offer.c.item_key, offer.c.state, offer.c.reason)
        for r in tx.connection.execute(offered.where(offer.c.id.in_(some)).order_by(offer.c.id)):
            last = newest.get(r.item_key)
            if last is not None and last.state not in _OUT:
                found[r.item_key] = _because(r.item_key, last.state, last.reason)
            elif r.state not in _AT_A_GOOD_END:
                found[r.item_key] = _because(r.item_key, r.state, r.reason)
            elif last is None:
                lacks = "other parts of it have not landed"
                found.setdefault(r.item_key, _because(r.item_key, r.state, lacks))
    return list(found.values())


def _because(key: str, state: str, reason: str | None) -> NotOut:
    return NotOut(key, state, reason or "it is on its way")


def _keys(tx: Transaction, of: Sequence[OfferId]) -> set[str]:
    return {
        key
        for some in _groups(of)
        for key in tx.connection.execute(
            select(offer.c.item_key).where(offer.c.id.in_(some))
        ).scalars()
    }


def _groups(values: Iterable[object]) -> Iterator[list[object]]:
    left = iter(values)
    while group := list(islice(left, _AT_ONCE)):
        yield group
