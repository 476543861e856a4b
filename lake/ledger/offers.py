"""What providers say they have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, case, func, or_, select, update

from lake.errors import LostClaim
from lake.ledger import coverage, work
from lake.ledger.alone import alone
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
    """An offer with its place in the ledger, and the history of its orders.

    ``order_id`` is the last order that was answered; ``ordering_at`` is when the last one left,
    answered or not; ``orders`` counts those that left, ``duplicates`` those of them that may have
    been one too many.
    """

    id: OfferId
    state: OfferState
    offer: Offer
    order_id: str | None
    attempts: int = 0
    reason: str | None = None
    ordering_at: datetime | None = None
    orders: int = 0
    duplicates: int = 0
    created_at: datetime | None = None


def record(tx: Transaction, offers: Sequence[Offer]) -> int:
    """Note offers; return how many were new.

    An offer known already keeps its state; while nobody works on it, the way to reach it
    (``product``) and what it will bring are renewed, since links age and archives grow. One
    that was withdrawn and is offered again is taken up again. One that another provider's offer
    stands for is covered.
    """
    unique = {(o.collection, o.provider, o.native_id, o.stamp): o for o in offers}
    if not unique:
        return 0
    insert = insert_into(tx, offer)
    is_back = offer.c.state == OfferState.WITHDRAWN
    is_fresh = is_back | (_is_at_rest() & offer.c.lease_owner.is_(None))
    known = insert.on_conflict_do_update(
        index_elements=["collection", "provider", "native_id", "stamp"],
        set_={
            "seen_at": tx.now,
            "product": case((is_fresh, insert.excluded.product), else_=offer.c.product),
            "fields_planned": case(
                (is_fresh, insert.excluded.fields_planned), else_=offer.c.fields_planned
            ),
            "state": case((is_back, OfferState.DISCOVERED), else_=offer.c.state),
        },
    )
    for collection in sorted({o.collection for o in unique.values()}):
        alone(tx.connection, f"offers/{collection}")  # else two providers do not see each other
    before = _known(tx, list(unique.values()))
    tx.connection.execute(known, [_row(tx, o) for o in unique.values()])
    fresh = [o for key, o in unique.items() if (*key[:3], o.stamp or "") not in before]
    coverage.cover(tx, fresh)
    return len(fresh)


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
    return known(tx, [OfferId(row) for row in taken])


def in_state(
    tx: Transaction, states: Sequence[OfferState], ids: Sequence[OfferId]
) -> list[OfferId]:
    """Return those of ``ids`` that are in one of ``states``."""
    rows = select(offer.c.id).where(offer.c.id.in_(list(ids)), offer.c.state.in_(list(states)))
    return [OfferId(i) for i in tx.connection.execute(rows.order_by(offer.c.id)).scalars()]


def known(tx: Transaction, ids: Sequence[OfferId]) -> list[LedgeredOffer]:
    """Return offers by their ids; nobody is kept from working on them."""
    rows = select(offer).where(offer.c.id.in_(list(ids))).order_by(offer.c.id)
    return [_ledgered(row) for row in tx.connection.execute(rows)]


def ordering(tx: Transaction, row: OfferId, duplicate_reason: str | None = None) -> None:
    """Note, before the request leaves, that an order is being placed; the claim is kept.

    ``duplicate_reason`` says why this order may be a second one, where it may.

    Raises:
        LostClaim: the offer is another's by now; nothing may be ordered for it here.
    """
    begun = update(offer).where(offer.c.id == row, offer.c.lease_owner == tx.owner)
    values: dict[str, object] = {"state": OfferState.ORDERING, "orders": offer.c.orders + 1}
    if duplicate_reason is not None:
        values["duplicates"] = offer.c.duplicates + 1
        values["duplicate_reason"] = duplicate_reason
    begun = begun.values(ordering_at=tx.now, updated_at=tx.now, **values)
    if tx.connection.execute(begun).rowcount != 1:
        raise LostClaim(
            f"offer {row}: expected it still claimed by {tx.owner}; nothing is ordered"
        )


def open_orders(tx: Transaction, provider: str) -> int:
    """Return how many orders are placed with a provider, or about to be.

    The number holds until this transaction ends: nobody else counts meanwhile.
    """
    alone(tx.connection, f"orders/{provider}")
    is_open = offer.c.state.in_([OfferState.ORDERING, OfferState.ORDERED])
    rows = select(func.count()).where(offer.c.provider == provider, is_open)
    return tx.connection.execute(rows).scalar_one()


def order_of_same_request(tx: Transaction, known: LedgeredOffer) -> str | None:
    """Return the order that is at work for another offer of the same request, if there is one."""
    rows = select(offer.c.order_id).where(
        offer.c.provider == known.offer.provider,
        offer.c.native_id == known.offer.native_id,
        offer.c.state == OfferState.ORDERED,
        offer.c.id != known.id,
    )
    return tx.connection.execute(rows.order_by(offer.c.id.desc()).limit(1)).scalar()


def next_try(tx: Transaction, ids: Sequence[OfferId]) -> datetime | None:
    """Return when the first of these offers is due again; None where none has to wait."""
    first = select(func.min(offer.c.not_before, type_=offer.c.not_before.type))
    return tx.connection.execute(first.where(offer.c.id.in_(list(ids)))).scalar()


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


def fail(
    tx: Transaction,
    row: OfferId,
    before: OfferState,
    reason: str,
    wait: timedelta | None = None,
    most_attempts: int = work.MAX_ATTEMPTS,
    back: OfferState | None = None,
) -> None:
    """Note that it did not work this time; see ``work.fail``."""
    work.fail(tx, offer, row, before, reason, wait, most_attempts, back)


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
        here = {"location": g.location, "landed_at": tx.now, "removed_at": None}
        again = bytes_at_rest.on_conflict_do_update(
            index_elements=["digest"], set_=here, where=granule.c.removed_at.is_not(None)
        )
        tx.connection.execute(again)
        link = insert_into(tx, offer_granule).values(
            offer_id=row, digest=g.digest, source=g.source
        )
        tx.connection.execute(link.on_conflict_do_nothing())
    work.move(tx, offer, row, OfferState.READY, OfferState.LANDED)


def _is_at_rest() -> ColumnElement[bool]:
    """Nothing was ordered for it and nothing fetched: its product may be renewed."""
    unordered_ready = (offer.c.state == OfferState.READY) & offer.c.needs_order.is_(False)
    return or_(offer.c.state == OfferState.DISCOVERED, unordered_ready)


def _known(tx: Transaction, offers: Sequence[Offer]) -> set[tuple[str, str, str, str]]:
    """Return the identities of those of ``offers`` that are there already."""
    identity = (offer.c.collection, offer.c.provider, offer.c.native_id, offer.c.stamp)
    rows = select(*identity).where(
        offer.c.collection.in_({o.collection for o in offers}),
        offer.c.provider.in_({o.provider for o in offers}),
        offer.c.native_id.in_([o.native_id for o in offers]),
    )
    return {(r[0], r[1], r[2], r[3]) for r in tx.connection.execute(rows)}


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
        "fields_planned": o.fields_planned,
        "seen_at": tx.now,
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
        fields_planned=r["fields_planned"],
    )
    return LedgeredOffer(
        id=OfferId(r["id"]),
        state=OfferState(r["state"]),
        offer=described,
        order_id=r["order_id"],
        attempts=r["attempts"],
        reason=r["reason"],
        ordering_at=r["ordering_at"],
        orders=r["orders"],
        duplicates=r["duplicates"],
        created_at=r["created_at"],
    )
