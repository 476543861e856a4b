"""What was asked of whom for which time, and whether all that was stated was found."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from lake.ledger.ledger import Transaction
from lake.ledger.schema import window
from lake.nouns import Window


@dataclass(frozen=True, slots=True)
class WindowRecord:
    """One discovery. ``stated`` is None where the provider says nothing of its count.

    ``reason`` says why the window is not accounted for; None where it is.
    """

    collection: str
    provider: str
    window: Window
    stated: int | None
    found: int
    unique: int
    new: int
    reason: str | None = None


def record(tx: Transaction, found: WindowRecord) -> None:
    """Note what a discovery found."""
    row = window.insert().values(
        collection=found.collection,
        provider=found.provider,
        start_at=found.window.start,
        end_at=found.window.end,
        stated=found.stated,
        found=found.found,
        unique_found=found.unique,
        new=found.new,
        reason=found.reason,
        closed_at=tx.now,
    )
    tx.connection.execute(row)


def recent(tx: Transaction, limit: int = 20) -> list[tuple[WindowRecord, datetime]]:
    """Return the newest discoveries, newest first, each with the time it ended."""
    rows = select(window).order_by(window.c.id.desc()).limit(limit)
    return [
        (
            WindowRecord(
                r.collection,
                r.provider,
                Window(r.start_at, r.end_at),
                r.stated,
                r.found,
                r.unique_found,
                r.new,
                r.reason,
            ),
            r.closed_at,
        )
        for r in tx.connection.execute(rows)
    ]
