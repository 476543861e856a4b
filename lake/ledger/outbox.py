"""Signals that wait to be sent, written in the transaction that gives rise to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, Text, cast, func, select, update

from lake.ledger import bulk
from lake.ledger.ledger import Transaction
from lake.ledger.schema import outbox
from lake.nouns import Signal

_LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Kept:
    """A signal as the outbox keeps it; ``refusal`` is why it cannot be sent as it is."""

    signal: Signal
    sent_at: datetime | None
    refusal: str | None


def append(tx: Transaction, signal: Signal) -> None:
    """Add a signal. The same id again changes nothing."""
    append_all(tx, [signal])


def append_all(tx: Transaction, signals: Sequence[Signal]) -> None:
    """Add signals in their order; of those whose id is known nothing changes."""
    rows = [
        {
            "event_id": signal.id,
            "type": signal.type,
            "subject": signal.subject,
            "data": signal.data,
            "created_at": signal.time,
        }
        for signal in signals
    ]
    is_postgresql = tx.connection.dialect.name == "postgresql"
    bulk.add(tx, outbox, rows, turn=_this_transaction() if is_postgresql else None)


def unsent(tx: Transaction, limit: int = 500) -> list[Signal]:
    """Return signals that nobody has acknowledged nor refused, oldest first.

    Rows are found by their empty ``sent_at``: a cursor over ids would lose those that
    commit late.
    """
    rows = (
        select(outbox)
        .where(outbox.c.sent_at.is_(None), outbox.c.refusal.is_(None))
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [_signal(r) for r in tx.connection.execute(rows)]


def mark_sent(tx: Transaction, event_ids: Sequence[str]) -> None:
    """Note that these were acknowledged."""
    if event_ids:
        rows = update(outbox).where(outbox.c.event_id.in_(event_ids), outbox.c.sent_at.is_(None))
        tx.connection.execute(rows.values(sent_at=tx.now))


def refuse(tx: Transaction, event_id: str, reason: str) -> None:
    """Set a signal aside that cannot be sent as it is, so that it does not hold up the rest."""
    refused = update(outbox).where(outbox.c.event_id == event_id)
    tx.connection.execute(refused.values(refusal=reason[:_LONGEST_REASON]))


def refused(tx: Transaction) -> list[Kept]:
    """Return the signals that were set aside, oldest first."""
    rows = select(outbox).where(outbox.c.refusal.is_not(None)).order_by(outbox.c.id)
    return [_kept(r) for r in tx.connection.execute(rows)]


def readmit(tx: Transaction) -> int:
    """Have all that was set aside sent again; return how many."""
    rows = update(outbox).where(outbox.c.refusal.is_not(None)).values(refusal=None)
    return tx.connection.execute(rows).rowcount


def of_ids(tx: Transaction, event_ids: Sequence[str]) -> list[Signal]:
    """Return the signals of these ids that are known here, in the order of the ids."""
    rows = select(outbox).where(outbox.c.event_id.in_(event_ids))
    known = {r.event_id: _signal(r) for r in tx.connection.execute(rows)}
    return [known[event] for event in event_ids if event in known]


def tail(tx: Transaction, count: int) -> list[Kept]:
    """Return the newest ``count`` signals, oldest first."""
    rows = select(outbox).order_by(outbox.c.id.desc()).limit(count)
    return [_kept(r) for r in tx.connection.execute(rows)][::-1]


def _this_transaction() -> Any:  # noqa: ANN401 - an SQL expression
    return cast(cast(func.pg_current_xact_id(), Text), BigInteger)


def _signal(r: Row[Any]) -> Signal:
    return Signal(r.event_id, r.type, r.subject, r.created_at, r.data)


def _kept(r: Row[Any]) -> Kept:
    return Kept(_signal(r), r.sent_at, r.refusal)
