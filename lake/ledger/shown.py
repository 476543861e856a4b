"""What the pages for people show: each question is one statement, and none is without a limit.

Lists go from the newest row to the oldest; ``before`` is the last id of the page before.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Row, Select, func, select

from lake.ledger.ledger import Transaction
from lake.ledger.quarantine import Decision, Kind
from lake.ledger.schema import decision, item, offer, offer_granule, outbox
from lake.ledger.states import ItemState, OfferState
from lake.nouns import ItemId

PAGE = 30


_ITEM = (
    item.c.id,
    item.c.collection,
    item.c.key,
    item.c.revision,
    item.c.state,
    item.c.start_at,
    item.c.end_at,
    item.c.published_at,
    item.c.updated_at,
    item.c.reason,
)
"""Of a revision, all that is small: cubes and STAC items are left where they are."""


@dataclass(frozen=True, slots=True)
class Newest:
    """Of one collection: how far its published data reach, and the last that came out."""

    item: ItemId
    data_until: datetime | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item revision in a list; ``verdict`` is plain JSON, and only where it was asked for."""

    id: ItemId
    collection: str
    key: str
    revision: str
    state: ItemState
    start: datetime | None
    end: datetime | None
    published_at: datetime | None
    updated_at: datetime
    reason: str | None
    verdict: Any = None


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer in a list; ``source`` is where its bytes came from, once they have landed."""

    name: str
    provider: str
    native_id: str
    stamp: str
    state: OfferState
    since: datetime
    order_id: str | None
    orders: int
    reason: str | None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal in a list, without what it carries."""

    id: int
    event_id: str
    type: str
    subject: str
    created_at: datetime
    sent_at: datetime | None
    refusal: str | None


def newest(tx: Transaction) -> dict[str, Newest]:
    """Return the newest that is published of every collection."""
    of_each = (
        item.c.collection,
        func.max(item.c.id),
        func.max(item.c.end_at, type_=item.c.end_at.type),
        func.max(item.c.published_at, type_=item.c.published_at.type),
    )
    rows = select(*of_each).where(item.c.state == ItemState.PUBLISHED).group_by(of_each[0])
    return {name: Newest(*rest) for name, *rest in tx.connection.execute(rows)}


def items(
    tx: Transaction,
    collection: str | None = None,
    states: Sequence[ItemState] = (),
    before: int | None = None,
    *,
    with_verdict: bool = False,
) -> list[ItemRow]:
    """Return a page of item revisions."""
    rows = select(*_ITEM, *([item.c.verdict] if with_verdict else []))
    if collection is not None:
        rows = rows.where(item.c.collection == collection)
    if states:
        rows = rows.where(item.c.state.in_(list(states)))
    return [_item(r) for r in tx.connection.execute(_page(rows, item.c.id, before))]


def revisions(tx: Transaction, collection: str, key: str) -> list[ItemRow]:
    """Return the revisions of one item, the newest first."""
    rows = select(*_ITEM).where(item.c.collection == collection, item.c.key == key)
    return [_item(r) for r in tx.connection.execute(_page(rows, item.c.id, None))]


def decisions(tx: Transaction, rows: Sequence[ItemId]) -> dict[ItemId, list[Decision]]:
    """Return what was decided about each of these revisions, oldest first."""
    made = select(decision).where(decision.c.item_id.in_(rows)).order_by(decision.c.id)
    found: dict[ItemId, list[Decision]] = defaultdict(list)
    for r in tx.connection.execute(made):
        row = ItemId(r.item_id)
        found[row].append(Decision(row, Kind(r.kind), r.by, r.reason, r.findings, r.at))
    return found


def orders(tx: Transaction, collection: str) -> list[OfferRow]:
    """Return the orders of a collection that a provider works on."""
    open_ones = (OfferState.ORDERING, OfferState.ORDERED)
    rows = select(offer).where(offer.c.collection == collection, offer.c.state.in_(open_ones))
    return [_offer(r) for r in tx.connection.execute(_page(rows, offer.c.id, None))]


def offers_of(tx: Transaction, collection: str, key: str) -> list[OfferRow]:
    """Return what providers offered for an item, and where the bytes came from."""
    source = func.min(offer_granule.c.source)
    came = select(source).where(offer_granule.c.offer_id == offer.c.id).scalar_subquery()
    rows = select(offer, came.label("source")).where(
        offer.c.collection == collection, offer.c.item_key == key
    )
    found = tx.connection.execute(_page(rows, offer.c.id, None))
    return [_offer(r, r.source) for r in found]


def signals(
    tx: Transaction, subject: str | None = None, before: int | None = None
) -> list[SignalRow]:
    """Return a page of signals, of one subject or of all."""
    wanted = (c for c in outbox.c if c.name in SignalRow.__dataclass_fields__)
    rows = select(*wanted)
    if subject is not None:
        rows = rows.where(outbox.c.subject == subject)
    found = tx.connection.execute(_page(rows, outbox.c.id, before))
    return [SignalRow(**r._asdict()) for r in found]


def _page(rows: Select[Any], identifier: Column[int], before: int | None) -> Select[Any]:
    if before is not None:
        rows = rows.where(identifier < before)
    return rows.order_by(identifier.desc()).limit(PAGE)


def _item(r: Row[Any]) -> ItemRow:
    return ItemRow(
        id=ItemId(r.id),
        collection=r.collection,
        key=r.key,
        revision=r.revision,
        state=ItemState(r.state),
        start=r.start_at,
        end=r.end_at,
        published_at=r.published_at,
        updated_at=r.updated_at,
        reason=r.reason,
        verdict=getattr(r, "verdict", None),
    )


def _offer(r: Row[Any], source: str | None = None) -> OfferRow:
    return OfferRow(
        name=f"{r.item_key}/{r.part}",
        provider=r.provider,
        native_id=r.native_id,
        stamp=r.stamp,
        state=OfferState(r.state),
        since=r.updated_at,
        order_id=r.order_id,
        orders=r.orders,
        reason=r.reason,
        source=source,
    )
