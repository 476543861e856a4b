"""What the gate held back, and what people decided about it: who, when, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from lake.ledger import items
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Transaction
from lake.ledger.schema import decision, item
from lake.ledger.states import ItemState
from lake.nouns import ItemId


class Kind(StrEnum):
    """What may be decided about a quarantined item."""

    RELEASE = "release"
    RETRY = "retry"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided about a quarantined revision.

    ``findings`` is what the gate had against it at that time, as plain JSON.
    """

    item: ItemId
    kind: Kind
    by: str
    reason: str
    findings: Any
    at: datetime


def quarantined(tx: Transaction, collection: str | None = None) -> list[ItemId]:
    """Return the ids of the revisions that are held back, oldest first."""
    rows = select(item.c.id).where(item.c.state == ItemState.QUARANTINED)
    if collection is not None:
        rows = rows.where(item.c.collection == collection)
    return [ItemId(i) for i in tx.connection.execute(rows.order_by(item.c.id)).scalars()]


def claim(tx: Transaction, row: ItemId) -> LedgeredItem | None:
    """Take a quarantined revision to decide about it; None where it is not free or not one."""
    return next(iter(items.claim(tx, [ItemState.QUARANTINED], [row])), None)


def decide(tx: Transaction, made: Decision, after: ItemState, **values: object) -> None:
    """Record a decision about a claimed revision and move it on, both or neither."""
    tx.connection.execute(
        decision.insert().values(
            item_id=made.item,
            kind=made.kind,
            by=made.by,
            reason=made.reason,
            findings=made.findings,
            at=made.at,
        )
    )
    items.move(tx, made.item, ItemState.QUARANTINED, after, **values)


def decisions(tx: Transaction, row: ItemId) -> list[Decision]:
    """Return what was decided about a revision, oldest first."""
    rows = select(decision).where(decision.c.item_id == row).order_by(decision.c.id)
    return [
        Decision(ItemId(r.item_id), Kind(r.kind), r.by, r.reason, r.findings, r.at)
        for r in tx.connection.execute(rows)
    ]


def released(tx: Transaction, row: ItemId) -> Decision | None:
    """Return the release that stands for a revision; None where its last decision is another."""
    made = decisions(tx, row)
    return made[-1] if made and made[-1].kind == Kind.RELEASE else None
