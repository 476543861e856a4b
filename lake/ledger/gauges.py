"""What the ledger tells those who watch it: counts, delays, and what waits.

Every question is bounded: counts are grouped by names from the portfolio, delays are those of
the newest rows only. None of them changes anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Select, Table, func, select

from lake.ledger.ledger import Transaction
from lake.ledger.schema import (
    bucket,
    circuit,
    delivery,
    item,
    notice,
    offer,
    outbox,
    traffic,
    watermark,
    window,
)
from lake.ledger.stamps import moment_of
from lake.ledger.states import ItemState

NEWEST = 5_000
"""How many of the newest rows a delay is read from."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows of ``whose`` (a collection, subscription or source) are in a state."""

    whose: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class Delay:
    """How long one thing of ``whose`` (a collection or subscription) took."""

    whose: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """The signals that nobody acknowledged, since when the oldest waits, and those refused."""

    count: int
    oldest: datetime | None
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left in a bucket, as it was when somebody took from it last."""

    provider: str
    credential: str
    operation: str
    tokens: float
    blocked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Traffic:
    """The bytes that came from a provider this month (UTC)."""

    provider: str
    credential: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a collection is harvested from a provider; ``by`` is sensing or published."""

    collection: str
    provider: str
    by: str
    position: datetime


@dataclass(frozen=True, slots=True)
class Unaccounted:
    """How many windows were asked of a provider and are not accounted for."""

    collection: str
    provider: str
    count: int


@dataclass(frozen=True, slots=True)
class Silent:
    """A host that failed of late; its circuit is open where ``is_open``."""

    host: str
    failures: int
    is_open: bool


def offers(tx: Transaction) -> list[Count]:
    """Count the offers of every collection by state."""
    return _counts(tx, offer, offer.c.collection)


def items(tx: Transaction) -> list[Count]:
    """Count the item revisions of every collection by state."""
    return _counts(tx, item, item.c.collection)


def deliveries(tx: Transaction) -> list[Count]:
    """Count the deliveries of every subscription by state."""
    return _counts(tx, delivery, delivery.c.subscription)


def notices(tx: Transaction) -> list[Count]:
    """Count the notices of every source by state."""
    return _counts(tx, notice, notice.c.source)


def publication_to_discovery(tx: Transaction) -> Iterator[Delay]:
    """Give how long after their publication the newest offers were discovered.

    What was published before its collection was first asked for says nothing: it is left out,
    as is what has no stamp that is a time.
    """
    began = _began(tx)
    newest = select(offer.c.collection, offer.c.provider, offer.c.stamp, offer.c.created_at).where(
        offer.c.stamp != ""
    )
    for r in tx.connection.execute(newest.order_by(offer.c.id.desc()).limit(NEWEST)):
        published = _moment(r.stamp)
        first = began.get((r.collection, r.provider))
        if published is not None and first is not None and first <= published <= r.created_at:
            yield Delay(r.collection, (r.created_at - published).total_seconds())


def discovery_to_published(tx: Transaction) -> Iterator[Delay]:
    """Give how long after the last of their offers was discovered the newest items came out."""
    newest = (
        select(item.c.collection, item.c.key, item.c.published_at, item.c.created_at)
        .where(item.c.state == ItemState.PUBLISHED)
        .order_by(item.c.id.desc())
        .limit(NEWEST)
        .subquery()
    )
    discovered = (
        select(func.max(offer.c.created_at, type_=offer.c.created_at.type))
        .where(
            offer.c.collection == newest.c.collection,
            offer.c.item_key == newest.c.key,
            offer.c.created_at <= newest.c.created_at,
        )
        .scalar_subquery()
    )
    rows = select(newest.c.collection, newest.c.published_at, discovered.label("discovered"))
    for r in tx.connection.execute(rows):
        if r.discovered is not None and r.published_at is not None:
            yield Delay(r.collection, (r.published_at - r.discovered).total_seconds())


def published_to_relayed(tx: Transaction) -> Iterator[Delay]:
    """Give how long the newest signals waited for their acknowledgement."""
    newest = select(outbox.c.subject, outbox.c.created_at, outbox.c.sent_at)
    for r in _newest(tx, outbox, newest.where(outbox.c.sent_at.is_not(None))):
        collection = r.subject.partition("/")[0]
        yield Delay(collection, (r.sent_at - r.created_at).total_seconds())


def relayed_to_hook(tx: Transaction) -> Iterator[Delay]:
    """Give how long after its relay the newest deliveries of each subscription were done."""
    done = (
        select(delivery.c.subscription, delivery.c.updated_at, outbox.c.sent_at)
        .join(outbox, outbox.c.event_id == delivery.c.event_id)
        .where(delivery.c.state == "delivered", outbox.c.sent_at.is_not(None))
    )
    for r in _newest(tx, delivery, done):
        yield Delay(r.subscription, max(0.0, (r.updated_at - r.sent_at).total_seconds()))


def waiting(tx: Transaction) -> Waiting:
    """Return what waits in the outbox, and what was set aside there as it cannot be sent."""
    oldest = func.min(outbox.c.created_at, type_=outbox.c.created_at.type)
    unsent = select(func.count(), oldest).where(outbox.c.sent_at.is_(None))
    count, since = tx.connection.execute(unsent.where(outbox.c.refusal.is_(None))).one()
    refused = select(func.count()).where(outbox.c.refusal.is_not(None))
    return Waiting(count, since, tx.connection.execute(refused).scalar_one())


def quotas(tx: Transaction) -> list[Quota]:
    """Return every bucket."""
    return [
        Quota(r.provider, r.credential, r.operation, r.tokens, r.blocked_until)
        for r in tx.connection.execute(select(bucket))
    ]


def carried(tx: Transaction) -> list[Traffic]:
    """Return what came from each provider this month."""
    rows = select(traffic).where(traffic.c.month == f"{tx.now:%Y-%m}")
    return [Traffic(r.provider, r.credential, r.bytes) for r in tx.connection.execute(rows)]


def watermarks(tx: Transaction) -> list[Mark]:
    """Return how far every collection is harvested from every provider."""
    return [
        Mark(r.collection, r.provider, r.by, r.position)
        for r in tx.connection.execute(select(watermark))
    ]


def unaccounted(tx: Transaction) -> list[Unaccounted]:
    """Count the windows whose newest answer does not account for them.

    A window that was cut counts once, not with its halves; one that was asked for again counts
    only where the last answer leaves it open.
    """
    asked = (window.c.collection, window.c.provider, window.c.part, window.c.by)
    span = (window.c.start_at, window.c.end_at)
    last = select(func.max(window.c.id)).where(window.c.parent.is_(None)).group_by(*asked, *span)
    rows = (
        select(window.c.collection, window.c.provider, func.count())
        .where(window.c.id.in_(last), window.c.is_accounted.is_(False))
        .group_by(window.c.collection, window.c.provider)
    )
    return [Unaccounted(*row) for row in tx.connection.execute(rows)]


def circuits(tx: Transaction) -> list[Silent]:
    """Return the hosts that failed of late."""
    return [
        Silent(r.host, r.failures, r.retry_at is not None)
        for r in tx.connection.execute(select(circuit))
    ]


def _counts(tx: Transaction, table: Table, whose: Column[str]) -> list[Count]:
    rows = select(whose, table.c.state, func.count()).group_by(whose, table.c.state)
    return [Count(*row) for row in tx.connection.execute(rows)]


def _newest(tx: Transaction, table: Table, rows: Select[Any]) -> Any:  # noqa: ANN401 - rows of any shape
    """Run ``rows`` over the newest of a table, and no more."""
    newest = tx.connection.execute(select(func.max(table.c.id))).scalar() or 0
    return tx.connection.execute(rows.where(table.c.id > newest - NEWEST))


def _began(tx: Transaction) -> dict[tuple[str, str], datetime]:
    """Return when each provider was first asked for each collection."""
    first = func.min(window.c.asked_at, type_=window.c.asked_at.type)
    rows = select(window.c.collection, window.c.provider, first).group_by(
        window.c.collection, window.c.provider
    )
    return {(r[0], r[1]): r[2] for r in tx.connection.execute(rows)}


def _moment(stamp: str) -> datetime | None:
    """Return a provider's stamp as a time; a day alone is none, for it says no hour."""
    return moment_of(stamp) if len(stamp) > len("2024-01-01") else None
