"""Who wants to hear of what, and what became of each delivery."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, exists, or_, select

from lake.ledger import outbox, work
from lake.ledger.ledger import Transaction
from lake.ledger.schema import delivery, subscription
from lake.ledger.upsert import insert_into
from lake.nouns import Signal

PENDING, DELIVERED, DEAD = "pending", "delivered", "failed"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A filter (CQL2 text over the item; None takes everything) and where to deliver.

    ``types`` are those of the events it wants to hear of; by default, of items that come out.
    """

    name: str
    kind: str  # "webhook" | "workflow"
    target: str
    filter: str | None = None
    secret_name: str | None = None
    paused: bool = False
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One signal for one subscription."""

    id: int
    subscription: Subscription
    signal: Signal
    attempts: int


def subscribe(tx: Transaction, wanted: Subscription) -> None:
    """Add a subscription, or change the one of that name."""
    values = {
        "filter": wanted.filter,
        "kind": wanted.kind,
        "target": wanted.target,
        "types": " ".join(wanted.types),
        "secret_name": wanted.secret_name,
        "paused": wanted.paused,
    }
    insert = insert_into(tx, subscription)
    row = insert.values(name=wanted.name, created_at=tx.now, **values)
    tx.connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))


def subscriptions(tx: Transaction) -> list[Subscription]:
    """Return all subscriptions, by name."""
    return [
        _subscription(r)
        for r in tx.connection.execute(select(subscription).order_by(subscription.c.name))
    ]


def record(tx: Transaction, signal: Signal, names: Sequence[str]) -> None:
    """Note that an event is to be delivered to these subscriptions. Again changes nothing."""
    for name in names:
        row = insert_into(tx, delivery).values(
            subscription=name,
            event_id=signal.id,
            subject=signal.subject,
            state=PENDING,
            created_at=tx.now,
            updated_at=tx.now,
        )
        tx.connection.execute(row.on_conflict_do_nothing())


def claim(tx: Transaction, limit: int) -> list[Delivery]:
    """Take deliveries that are due and not paused; those that nobody holds come first.

    Else the oldest ones, waiting for their next try, would hide the others behind them. Of one
    item, a subscription hears in order: the next is due when the former arrived or is dead.
    """
    former = delivery.alias("former")
    is_next = ~exists().where(
        former.c.subscription == delivery.c.subscription,
        former.c.subject == delivery.c.subject,
        former.c.state == PENDING,
        former.c.id < delivery.c.id,
    )
    is_due = or_(delivery.c.not_before.is_(None), delivery.c.not_before <= tx.now)
    waiting = (
        select(delivery.c.id)
        .join(subscription, subscription.c.name == delivery.c.subscription)
        .where(delivery.c.state == PENDING, subscription.c.paused.is_(False), is_due, is_next)
        .order_by(delivery.c.lease_until.is_not(None), delivery.c.id)
    )
    candidates = list(tx.connection.execute(waiting.limit(limit)).scalars())
    taken = work.claim(tx, delivery, [PENDING], candidates)
    rows = (
        select(
            delivery.c.id,
            delivery.c.attempts,
            delivery.c.event_id,
            *(c.label(f"s_{c.name}") for c in subscription.c),
        )
        .join(subscription, subscription.c.name == delivery.c.subscription)
        .where(delivery.c.id.in_(taken))
        .order_by(delivery.c.id)
    )
    found = tx.connection.execute(rows).all()
    signals = {one.id: one for one in outbox.of_ids(tx, [r.event_id for r in found])}
    return [_delivery(r, signals[r.event_id]) for r in found]


def delivered(tx: Transaction, row: int, result: str) -> None:
    """Note that it arrived, and what came of it."""
    work.move(tx, delivery, row, PENDING, DELIVERED, result=result)


def fail(tx: Transaction, row: int, reason: str) -> None:
    """Note that it did not arrive this time; after the last try it is dead, kept for redrive."""
    work.fail(tx, delivery, row, PENDING, reason)


def _subscription(r: Row[Any]) -> Subscription:
    types = tuple(r.types.split())
    return Subscription(r.name, r.kind, r.target, r.filter, r.secret_name, r.paused, types)


def _delivery(r: Row[Any], signal: Signal) -> Delivery:
    types = tuple(r.s_types.split())
    wanted = Subscription(
        r.s_name, r.s_kind, r.s_target, r.s_filter, r.s_secret_name, r.s_paused, types
    )
    return Delivery(r.id, wanted, signal, r.attempts)
