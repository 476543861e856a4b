"""How far everything is: counts by state and what went wrong, for status, boards and the demo."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, and_, func, literal, null, or_, select, union_all

from lake.ledger.ledger import Transaction
from lake.ledger.schema import delivery, item, offer, outbox
from lake.ledger.states import ItemState

_LEFT_OUT = ("invalid", "failed", "quarantined")


@dataclass(frozen=True, slots=True)
class Progress:
    """Of one collection: how many granules reached each stage, and how many fell out."""

    collection: str
    discovered: int
    landed: int
    no_data: int
    assembled: int
    converted: int
    judged: int
    published: int
    superseded: int
    quarantined: int
    invalid: int
    failed: int
    outside: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """A row that is not where it should be, and why."""

    kind: str  # "offer" | "item"
    id: int
    collection: str
    name: str
    state: str
    reason: str
    since: datetime
    provider: str | None = None  # of an offer


def progress(tx: Transaction, collection: str) -> Progress:
    """Count a collection's offers and item revisions by how far they came."""
    offers = _by_state(tx, offer.c.state, offer.c.collection == collection)
    items = _by_state(tx, item.c.state, item.c.collection == collection)
    counted = select(func.count(item.c.cube), func.count(item.c.verdict)).where(
        item.c.collection == collection
    )
    converted, judged = tx.connection.execute(counted).one()
    outside = select(func.count()).where(item.c.collection == collection, _is_outside())
    return Progress(
        collection=collection,
        discovered=sum(offers.values()),
        landed=offers.get("landed", 0),
        no_data=offers.get("no data", 0),
        assembled=sum(items.values()),
        converted=converted,
        judged=judged,
        published=items.get("published", 0),
        superseded=items.get("superseded", 0),
        quarantined=items.get("quarantined", 0),
        invalid=offers.get("invalid", 0) + items.get("invalid", 0),
        failed=offers.get("failed", 0) + items.get("failed", 0),
        outside=tx.connection.execute(outside).scalar_one(),
    )


def published_since(tx: Transaction, collection: str, since: datetime) -> int:
    """Count the item revisions of a collection that came out since a time."""
    out = select(func.count()).where(item.c.collection == collection, item.c.published_at >= since)
    return tx.connection.execute(out).scalar_one()


def left_out_since(tx: Transaction, collection: str, since: datetime) -> int:
    """Count the offers and items of a collection that fell out since a time."""
    return sum(
        tx.connection.execute(
            select(func.count()).where(
                table.c.collection == collection,
                table.c.state.in_(_LEFT_OUT),
                table.c.updated_at >= since,
            )
        ).scalar_one()
        for table in (offer, item)
    )


def troubles(tx: Transaction, collection: str | None = None, limit: int = 50) -> list[Trouble]:
    """Return what did not go through, newest first: listed, with the reason.

    An item that is out, and that its collection's growing cube does not hold, is one of them.
    """
    offers = select(
        literal("offer").label("kind"),
        offer.c.id,
        offer.c.collection,
        (offer.c.item_key + "/" + offer.c.part).label("name"),
        offer.c.state,
        offer.c.reason,
        offer.c.updated_at,
        offer.c.provider,
    ).where(offer.c.reason.is_not(None))
    items = select(
        literal("item").label("kind"),
        item.c.id,
        item.c.collection,
        item.c.key.label("name"),
        item.c.state,
        func.coalesce(item.c.reason, item.c.outside).label("reason"),
        item.c.updated_at,
        null().label("provider"),
    ).where(or_(item.c.reason.is_not(None), _is_outside()))
    both = union_all(offers, items).subquery()
    rows = select(both).order_by(both.c.updated_at.desc(), both.c.kind, both.c.id).limit(limit)
    if collection is not None:
        rows = rows.where(both.c.collection == collection)
    return [
        Trouble(r.kind, r.id, r.collection, r.name, r.state, r.reason, r.updated_at, r.provider)
        for r in tx.connection.execute(rows)
    ]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An offer of which more orders left than needed: each costs the provider, so it is told."""

    collection: str
    name: str
    provider: str
    count: int
    reason: str


def duplicates(tx: Transaction, collection: str | None = None) -> list[Duplicate]:
    """Return the offers for which an order may have been placed twice, the newest first."""
    rows = select(offer).where(offer.c.duplicates > 0).order_by(offer.c.id.desc())
    if collection is not None:
        rows = rows.where(offer.c.collection == collection)
    return [
        Duplicate(
            r.collection, f"{r.item_key}/{r.part}", r.provider, r.duplicates, r.duplicate_reason
        )
        for r in tx.connection.execute(rows)
    ]


def signals(tx: Transaction) -> tuple[int, int]:
    """Return how many events were relayed, and how many wait."""
    relayed = tx.connection.execute(select(func.count(outbox.c.sent_at))).scalar_one()
    total = tx.connection.execute(select(func.count()).select_from(outbox)).scalar_one()
    return relayed, total - relayed


def deliveries(tx: Transaction) -> dict[str, dict[str, int]]:
    """Return, by subscription, how many deliveries are in each state."""
    rows = select(delivery.c.subscription, delivery.c.state, func.count()).group_by(
        delivery.c.subscription, delivery.c.state
    )
    found: dict[str, dict[str, int]] = {}
    for name, state, count in tx.connection.execute(rows):
        found.setdefault(name, {})[state] = count
    return found


def collections(tx: Transaction) -> list[str]:
    """Return the names of the collections that the ledger knows anything of."""
    names = select(offer.c.collection).distinct().order_by(offer.c.collection)
    return list(tx.connection.execute(names).scalars())


def _is_outside() -> ColumnElement[bool]:
    return and_(item.c.outside.is_not(None), item.c.state == ItemState.PUBLISHED)


def _by_state(tx: Transaction, state: Column[str], of: ColumnElement[bool]) -> dict[str, int]:
    rows = select(state, func.count()).where(of).group_by(state)
    return dict(tx.connection.execute(rows).tuples().all())
