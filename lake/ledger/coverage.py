"""Several providers of one collection: what one of them has brought is not fetched from another.

An offer is *covered* while another provider's offer of the same item and part has landed or is in
work. It is uncovered when that one comes to a bad end. A provider's newer revision is covered only
by what another provider offered after the revision before it: so news is taken, and taken once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    Exists,
    FromClause,
    ScalarSelect,
    exists,
    func,
    literal,
    select,
    tuple_,
    update,
)

from lake.ledger.ledger import Transaction
from lake.ledger.schema import offer
from lake.ledger.states import OfferState
from lake.nouns import Offer, Window

_LIVE = (
    OfferState.DISCOVERED,
    OfferState.ORDERING,
    OfferState.ORDERED,
    OfferState.READY,
    OfferState.LANDED,
)
_DEAD = (OfferState.FAILED, OfferState.INVALID, OfferState.NO_DATA)
_AT_ONCE = 500  # databases take only so many values in one statement


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of an item that no provider has brought, and none is at work on."""

    item_key: str
    part: str
    window: Window


def cover(tx: Transaction, fresh: Sequence[Offer]) -> None:
    """Cover those of the offers just noted for which another provider's stand."""
    for collection in {o.collection for o in fresh}:
        if not _is_shared(tx, collection):
            continue
        keys = [(o.provider, o.native_id, o.stamp or "") for o in fresh]
        new = tuple_(offer.c.provider, offer.c.native_id, offer.c.stamp).in_(keys)
        covered = update(offer).where(
            offer.c.collection == collection,
            new,
            offer.c.state == OfferState.DISCOVERED,
            _is_served_by_another(),
        )
        reason = literal("it is taken from ") + _who_serves()
        tx.connection.execute(covered.values(state=OfferState.COVERED, reason=reason))


def uncover(tx: Transaction, collection: str) -> int:
    """Take up covered offers for which no other provider's offer stands any more."""
    freed = update(offer).where(
        offer.c.collection == collection,
        offer.c.state == OfferState.COVERED,
        ~_stands_elsewhere(),
    )
    values = {"state": OfferState.DISCOVERED, "reason": None, "attempts": 0, "updated_at": tx.now}
    return tx.connection.execute(freed.values(**values)).rowcount


def retire(tx: Transaction, collection: str) -> int:
    """Cover failed offers for which another provider's stand: reviving them would fetch twice.

    Each keeps the reason why it failed.
    """
    retired = update(offer).where(
        offer.c.collection == collection,
        offer.c.state == OfferState.FAILED,
        _stands_elsewhere(),
    )
    values = {"state": OfferState.COVERED, "failed_from": None, "updated_at": tx.now}
    return tx.connection.execute(retired.values(**values)).rowcount


def ask_again(
    tx: Transaction, collection: str, provider: str, part: str, lateness: timedelta
) -> int:
    """Take up offers for which there was no data when they were asked for too early to be sure.

    That is sooner than ``lateness`` after the end of their data; an answer behind it is final.
    Each is left alone for a tenth of that time before it is asked for again.
    """
    empty = select(offer.c.id, offer.c.end_at, offer.c.updated_at).where(
        offer.c.collection == collection,
        offer.c.provider == provider,
        offer.c.part == part,
        offer.c.state == OfferState.NO_DATA,
        offer.c.updated_at <= tx.now - lateness / 10,
        ~_stands_elsewhere(),
    )
    found = tx.connection.execute(empty)
    early = [row.id for row in found if row.updated_at < row.end_at + lateness]
    values = {"state": OfferState.DISCOVERED, "attempts": 0, "updated_at": tx.now}
    for begin in range(0, len(early), _AT_ONCE):
        some = offer.c.id.in_(early[begin : begin + _AT_ONCE])
        tx.connection.execute(update(offer).where(some).values(**values))
    return len(early)


def gaps(tx: Transaction, collection: str, without: str) -> list[Gap]:
    """Return what ended badly at every provider that offered it, and ``without`` did not offer."""
    other, tried = offer.alias("other"), offer.alias("tried")
    rows = (
        select(
            offer.c.item_key,
            offer.c.part,
            func.min(offer.c.start_at, type_=offer.c.start_at.type).label("start"),
            func.max(offer.c.end_at, type_=offer.c.end_at.type).label("stop"),
        )
        .where(
            offer.c.collection == collection,
            offer.c.state.in_(_DEAD),
            ~exists().where(_same_piece(other), other.c.state.in_([*_LIVE, OfferState.COVERED])),
            ~exists().where(_same_piece(tried), tried.c.provider == without),
        )
        .group_by(offer.c.item_key, offer.c.part)
        .order_by(offer.c.item_key, offer.c.part)
    )
    found = tx.connection.execute(rows)
    return [Gap(r.item_key, r.part, Window(r.start, r.stop)) for r in found]


def _is_shared(tx: Transaction, collection: str) -> bool:
    """Return True where a collection has offers of more than one provider."""
    first, last = tx.connection.execute(
        select(func.min(offer.c.provider), func.max(offer.c.provider)).where(
            offer.c.collection == collection
        )
    ).one()
    return bool(first != last)


def _is_served_by_another() -> Exists:
    """Another provider's offer stands that is newer than this provider's revision before."""
    other, before = offer.alias("other"), offer.alias("before")
    newer = (
        select(before.c.id)
        .where(
            _same_piece(before),
            before.c.provider == offer.c.provider,
            before.c.id != offer.c.id,
            before.c.created_at < offer.c.created_at,
            before.c.created_at >= other.c.created_at,
        )
        .correlate(offer, other)
    )
    return (
        exists()
        .where(
            _same_piece(other),
            other.c.provider != offer.c.provider,
            other.c.state.in_(_LIVE),
            ~newer.exists(),
        )
        .correlate(offer)
    )


def _who_serves() -> ScalarSelect[str]:
    other = offer.alias("other")
    return (
        select(func.min(other.c.provider))
        .where(_same_piece(other), other.c.provider != offer.c.provider, other.c.state.in_(_LIVE))
        .correlate(offer)
        .scalar_subquery()
    )


def _stands_elsewhere() -> Exists:
    other = offer.alias("other")
    return (
        exists()
        .where(
            _same_piece(other),
            other.c.provider != offer.c.provider,
            other.c.state.in_(_LIVE),
        )
        .correlate(offer)
    )


def _same_piece(other: FromClause) -> Any:  # noqa: ANN401 - SQLAlchemy's expression
    return (
        (other.c.collection == offer.c.collection)
        & (other.c.item_key == offer.c.item_key)
        & (other.c.part == offer.c.part)
    )
