"""What a provider offered once and offers no more."""

from datetime import datetime

from sqlalchemy import exists, func, or_, select, update

from lake.ledger.ledger import Transaction
from lake.ledger.schema import offer
from lake.ledger.states import OfferState
from lake.nouns import Window

NOT_LISTED = "no provider lists it any more"
"""Why an item is retracted that nobody took back."""
_MAY_BE_WITHDRAWN = (
    OfferState.DISCOVERED,
    OfferState.READY,
    OfferState.LANDED,
    OfferState.COVERED,
    OfferState.FAILED,
)


def known_in(tx: Transaction, collection: str, provider: str, part: str, window: Window) -> int:
    """Return how many products a provider was known to have within a window of sensing time."""
    rows = select(func.count()).where(
        offer.c.collection == collection,
        offer.c.provider == provider,
        offer.c.part == part,
        offer.c.state != OfferState.WITHDRAWN,
        offer.c.needs_order.is_(False),
        offer.c.start_at >= window.start,
        offer.c.end_at <= window.end,
    )
    return tx.connection.execute(rows).scalar_one()


def seen(tx: Transaction, collection: str, provider: str, part: str, since: datetime) -> int:
    """Return how many products a provider has listed since a time."""
    rows = select(func.count()).where(
        offer.c.collection == collection,
        offer.c.provider == provider,
        offer.c.part == part,
        offer.c.seen_at >= since,
    )
    return tx.connection.execute(rows).scalar_one()


def withdraw(
    tx: Transaction, collection: str, provider: str, part: str, window: Window, since: datetime
) -> int:
    """Note as withdrawn what lies within an accounted window and was not listed since ``since``.

    A revision that a newer one of the same product took the place of is not withdrawn. Items are
    left as they are.
    """
    newer = offer.alias("newer")
    is_renewed = (
        exists()
        .where(
            newer.c.collection == offer.c.collection,
            newer.c.provider == offer.c.provider,
            newer.c.native_id == offer.c.native_id,
            newer.c.seen_at >= since,
        )
        .correlate(offer)
    )
    gone = update(offer).where(
        offer.c.collection == collection,
        offer.c.provider == provider,
        offer.c.part == part,
        offer.c.state.in_(_MAY_BE_WITHDRAWN),
        or_(offer.c.lease_until.is_(None), offer.c.lease_until <= tx.now),
        offer.c.start_at >= window.start,
        offer.c.end_at <= window.end,
        offer.c.seen_at < since,
        ~is_renewed,
    )
    said = f"the provider does not list it any more ({tx.now.isoformat(timespec='seconds')})"
    values = {"state": OfferState.WITHDRAWN, "reason": said, "updated_at": tx.now}
    return tx.connection.execute(gone.values(**values)).rowcount
