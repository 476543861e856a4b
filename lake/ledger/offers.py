"""What providers say they have."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, func, or_, select, update

from lake.ledger import work
from lake.ledger.ledger import Transaction
from lake.ledger.schema import granule, offer, offer_granule
from lake.ledger.states import OFFER_MOVES, OfferState, may_follow
from lake.ledger.upsert import insert_into
from lake.nouns import Granule, Offer, OfferId, Window

UNFINISHED = (
    OfferState.DISCOVERED,
    OfferState.ORDERING,
    OfferState.ORDERED,
    OfferState.READY,
)


@dataclass(frozen=True, slots=True)
class LedgeredOffer:
    """An offer with its place in the ledger."""

    id: OfferId
    state: OfferState
    offer: Offer
    order_id: str | None


def record(tx: Transaction, offers: Sequence[Offer]) -> int:
    """Note offers; return how many were new.

    An offer known already keeps its state; while nobody works on it, the way to reach it
    (``product``) is renewed, since a provider's links age.
    """
    if not offers:
        return 0
    before = _count(tx)
    rows = [_row(tx, o) for o in offers]
    insert = insert_into(tx, offer)
    known = insert.on_conflict_do_update(
        index_elements=["collection", "provider", "native_id", "stamp"],
        set_={"product": insert.excluded.product},
        where=_is_at_rest() & offer.c.lease_owner.is_(None),
    )
    tx.connection.execute(known, rows)
    return _count(tx) - before


def unfinished(tx: Transaction, collection: str) -> list[OfferId]:
    """Return the ids of offers that are not at an end yet, oldest first."""
    rows = (
        select(offer.c.id)
        .where(offer.c.collection == collection, offer.c.state.in_(UNFINISHED))
        .order_by(offer.c.start_at, offer.c.id)
    )
    return [OfferId(i) for i in tx.connection.execute(rows).scalars()]


def claim(
    tx: Transaction, states: Sequence[OfferState], ids: Sequence[OfferId]
) -> list[LedgeredOffer]:
    """Take those of ``ids`` that are free and in one of ``states``."""
    taken = work.claim(tx, offer, states, ids)
    rows = tx.connection.execute(select(offer).where(offer.c.id.in_(taken)).order_by(offer.c.id))
    return [_ledgered(row) for row in rows]


def in_state(
    tx: Transaction, states: Sequence[OfferState], ids: Sequence[OfferId]
) -> list[OfferId]:
    """Return those of ``ids`` that are in one of ``states``."""
    rows = select(offer.c.id).where(offer.c.id.in_(list(ids)), offer.c.state.in_(list(states)))
    return [OfferId(i) for i in tx.connection.execute(rows.order_by(offer.c.id)).scalars()]


def ordering(tx: Transaction, row: OfferId) -> None:
    """Note, before the request leaves, that an order is being placed; the claim is kept."""
    begun = update(offer).where(offer.c.id == row, offer.c.lease_owner == tx.owner)
    tx.connection.execute(begun.values(state=OfferState.ORDERING, updated_at=tx.now))


def move(
    tx: Transaction,
    row: OfferId,
    before: OfferState,
    after: OfferState,
    reason: str | None = None,
    product: str | None = None,
    order_id: str | None = None,
) -> None:
    """Move a claimed offer on. Raises LostClaim where it is another's by now."""
    may_follow(OFFER_MOVES, before, after)
    renewed = {"product": product, "order_id": order_id}
    kept = {name: value for name, value in renewed.items() if value is not None}
    work.move(tx, offer, row, before, after, reason=reason, **kept)


def fail(tx: Transaction, row: OfferId, before: OfferState, reason: str) -> None:
    """Note that it did not work this time."""
    work.fail(tx, offer, row, before, reason)


def land(tx: Transaction, row: OfferId, granules: Sequence[Granule]) -> None:
    """Note the granules that came for a claimed offer, and that it has landed."""
    for g in granules:
        bytes_at_rest = insert_into(tx, granule).values(
            digest=g.digest,
            size=g.size,
            media_type=g.media_type,
            location=g.location,
            landed_at=tx.now,
        )
        tx.connection.execute(bytes_at_rest.on_conflict_do_nothing())
        link = insert_into(tx, offer_granule).values(
            offer_id=row, digest=g.digest, source=g.source
        )
        tx.connection.execute(link.on_conflict_do_nothing())
    work.move(tx, offer, row, OfferState.READY, OfferState.LANDED)


def _is_at_rest() -> ColumnElement[bool]:
    """Nothing was ordered for it and nothing fetched: its product may be renewed."""
    unordered_ready = (offer.c.state == OfferState.READY) & offer.c.needs_order.is_(False)
    return or_(offer.c.state == OfferState.DISCOVERED, unordered_ready)


def _count(tx: Transaction) -> int:
    return tx.connection.execute(select(func.count()).select_from(offer)).scalar_one()


def _row(tx: Transaction, o: Offer) -> dict[str, object]:
    return {
        "collection": o.collection,
        "provider": o.provider,
        "native_id": o.native_id,
        "stamp": o.stamp or "",
        "part": o.part,
        "item_key": o.item_key,
        "start_at": o.window.start,
        "end_at": o.window.end,
        "needs_order": o.needs_order,
        "product": o.product,
        "state": OfferState.DISCOVERED,
        "created_at": tx.now,
        "updated_at": tx.now,
    }


def _ledgered(row: Row[tuple[object, ...]]) -> LedgeredOffer:
    r = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    described = Offer(
        collection=r["collection"],
        provider=r["provider"],
        native_id=r["native_id"],
        stamp=r["stamp"] or None,
        part=r["part"],
        item_key=r["item_key"],
        window=Window(r["start_at"], r["end_at"]),
        needs_order=r["needs_order"],
        product=r["product"],
    )
    return LedgeredOffer(OfferId(r["id"]), OfferState(r["state"]), described, r["order_id"])
