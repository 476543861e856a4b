"""What was asked of whom for which time, and whether all that was stated was found.

A window whose count is not met is cut in halves: it stays as the ``parent`` of its halves, with
the reason why it was cut, and is accounted for when all its leaves are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from lake.ledger.ledger import Transaction
from lake.ledger.schema import window
from lake.nouns import Window

SENSING, PUBLISHED = "sensing", "published"
SELECTED = "selected"
"""Only a selection of what the window holds was asked for: it accounts for nothing."""


@dataclass(frozen=True, slots=True)
class WindowRecord:
    """One discovery. ``stated`` is None where the provider says nothing of its count.

    ``reason`` says why the window is not accounted for, or, of a parent, why it was cut; None
    where all is well. ``by`` says which time the window is about.
    """

    collection: str
    provider: str
    window: Window
    stated: int | None
    found: int
    unique: int
    new: int
    reason: str | None = None
    part: str = "main"
    by: str = SENSING
    is_accounted: bool = True
    is_leaf: bool = True
    parent: int | None = None
    asked_at: datetime | None = None


def record(tx: Transaction, found: WindowRecord) -> int:
    """Note what a discovery found; return its row."""
    row = window.insert().values(
        collection=found.collection,
        provider=found.provider,
        part=found.part,
        by=found.by,
        start_at=found.window.start,
        end_at=found.window.end,
        stated=found.stated,
        found=found.found,
        unique_found=found.unique,
        new=found.new,
        reason=found.reason,
        is_accounted=found.is_accounted,
        is_leaf=found.is_leaf,
        parent=found.parent,
        asked_at=found.asked_at or tx.now,
        closed_at=tx.now,
    )
    return int(tx.connection.execute(row.returning(window.c.id)).scalar_one())


def settle(tx: Transaction, row: int, unique: int, new: int, is_accounted: bool) -> None:
    """Note of a window that was cut what its leaves brought, and whether all are accounted for."""
    values = {"unique_found": unique, "new": new, "is_accounted": is_accounted}
    tx.connection.execute(update(window).where(window.c.id == row).values(**values))


def recent(
    tx: Transaction, limit: int = 20, collection: str | None = None
) -> list[tuple[WindowRecord, datetime]]:
    """Return the newest discoveries, newest first, each with the time it ended.

    The halves of a window that was cut are not among them, unless they are not accounted for.
    """
    shown = window.c.parent.is_(None) | window.c.is_accounted.is_(False)
    rows = select(window).where(shown).order_by(window.c.id.desc()).limit(limit)
    if collection is not None:
        rows = rows.where(window.c.collection == collection)
    return [(_record(r), r.closed_at) for r in tx.connection.execute(rows)]


def halves(tx: Transaction, parent: int) -> list[tuple[int, WindowRecord]]:
    """Return the windows that one was cut into, each with its row, in order of time."""
    rows = select(window).where(window.c.parent == parent).order_by(window.c.start_at)
    return [(r.id, _record(r)) for r in tx.connection.execute(rows)]


def accounted(
    tx: Transaction, collection: str, provider: str, by: str, parts: Sequence[str], after: datetime
) -> dict[str, list[Window]]:
    """Return, for each part, the windows that are accounted for and reach beyond ``after``.

    A window counts only as far as the moment at which it was asked: what is published later was
    not there to be found.
    """
    rows = (
        select(window.c.part, window.c.start_at, window.c.end_at, window.c.asked_at)
        .where(
            window.c.collection == collection,
            window.c.provider == provider,
            window.c.by == by,
            window.c.parent.is_(None),
            window.c.is_accounted,
            window.c.end_at > after,
        )
        .order_by(window.c.start_at)
    )
    found: dict[str, list[Window]] = {part: [] for part in parts}
    for r in tx.connection.execute(rows):
        end = min(r.end_at, r.asked_at)
        if r.part in found and r.start_at < end:
            found[r.part].append(Window(r.start_at, end))
    return found


def ended_since(
    tx: Transaction,
    collection: str,
    provider: str,
    by: str,
    lasting: timedelta,
    after: datetime,
) -> set[str]:
    """Return the parts of which a window of that length was asked that ends after a time.

    It need not be accounted for: what is wrong with it is in its record.
    """
    rows = select(window.c.part, window.c.start_at, window.c.end_at).where(
        window.c.collection == collection,
        window.c.provider == provider,
        window.c.by == by,
        window.c.parent.is_(None),
        window.c.end_at > after,
    )
    found = tx.connection.execute(rows)
    return {r.part for r in found if r.end_at - r.start_at >= lasting}


def _record(r: Row[Any]) -> WindowRecord:
    return WindowRecord(
        collection=r.collection,
        provider=r.provider,
        window=Window(r.start_at, r.end_at),
        stated=r.stated,
        found=r.found,
        unique=r.unique_found,
        new=r.new,
        reason=r.reason,
        part=r.part,
        by=r.by,
        is_accounted=r.is_accounted,
        is_leaf=r.is_leaf,
        parent=r.parent,
        asked_at=r.asked_at,
    )
