"""Signals that wait to be sent, written in the transaction that gives rise to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from lake.ledger.ledger import Transaction
from lake.ledger.schema import outbox
from lake.ledger.upsert import insert_into


@dataclass(frozen=True, slots=True)
class Signal:
    """One row of the outbox: an event as it will be sent. ``data`` is the STAC item."""

    event_id: str
    type: str
    subject: str
    data: Any
    created_at: datetime


def append(tx: Transaction, event_id: str, type_: str, subject: str, data: object) -> None:
    """Add a signal. The same event id again changes nothing."""
    insert = insert_into(tx, outbox)
    row = insert.values(
        event_id=event_id, type=type_, subject=subject, data=data, created_at=tx.now
    )
    tx.connection.execute(row.on_conflict_do_nothing())


def unsent(tx: Transaction, limit: int = 500) -> list[Signal]:
    """Return signals that nobody has acknowledged, oldest first.

    Rows are found by their empty ``sent_at``: a cursor over ids would lose those that
    commit late.
    """
    rows = select(outbox).where(outbox.c.sent_at.is_(None)).order_by(outbox.c.id).limit(limit)
    return [
        Signal(r.event_id, r.type, r.subject, r.data, r.created_at)
        for r in tx.connection.execute(rows)
    ]


def mark_sent(tx: Transaction, event_ids: list[str]) -> None:
    """Note that these were acknowledged."""
    rows = update(outbox).where(outbox.c.event_id.in_(event_ids), outbox.c.sent_at.is_(None))
    tx.connection.execute(rows.values(sent_at=tx.now))


def tail(tx: Transaction, count: int) -> list[tuple[Signal, datetime | None]]:
    """Return the newest ``count`` signals, oldest first, each with the time it was sent."""
    rows = select(outbox).order_by(outbox.c.id.desc()).limit(count)
    newest = [
        (Signal(r.event_id, r.type, r.subject, r.data, r.created_at), r.sent_at)
        for r in tx.connection.execute(rows)
    ]
    return newest[::-1]
