"""What was told before, to be told again: a span of the outbox, in the order of each item.

A cursor over ids would lose rows that commit late. A span is therefore bounded by what every
transaction has come to an end before: on PostgreSQL by ``pg_snapshot_xmin``, compared with the
transaction that wrote the row; on SQLite, where one writes after the other, by the last row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Text, cast, func, or_, select

from lake.ledger.ledger import Ledger, Transaction
from lake.ledger.outbox import signal_of, told
from lake.ledger.schema import outbox
from lake.nouns import Signal

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which signals: of a collection, written in ``[start, end)``, and after a cursor."""

    collection: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    after: int = 0


def horizon(ledger: Ledger) -> int:
    """Return the cursor that comes next: nothing that is not yet seen can lie before it."""
    with ledger.begin() as tx:
        if _is_postgresql(tx):
            xmin = func.pg_snapshot_xmin(func.pg_current_snapshot())
            reached = tx.connection.execute(select(cast(cast(xmin, Text), BigInteger))).scalar()
        else:
            last = tx.connection.execute(select(func.max(outbox.c.id))).scalar()
            reached = (last or 0) + 1
    return int(reached or 0)


def signals(ledger: Ledger, wanted: Wanted, before: int) -> Iterator[Signal]:
    """Give the signals from ``wanted.after`` to the cursor ``before``, in the order of rows."""
    last = 0
    while True:
        with ledger.begin() as tx:
            of = [outbox.c.id > last, *_within(tx, wanted, before)]
            rows = told.where(*of).order_by(outbox.c.id).limit(_PAGE)
            page = tx.connection.execute(rows).all()
        if not page:
            return
        for r in page:
            yield signal_of(r)
        last = page[-1].id


def _within(tx: Transaction, wanted: Wanted, before: int) -> list[ColumnElement[bool]]:
    turn = outbox.c.turn if _is_postgresql(tx) else outbox.c.id
    of: list[ColumnElement[bool]] = [turn >= wanted.after, turn < before]
    if wanted.collection is not None:
        name = wanted.collection
        of.append(
            or_(outbox.c.subject == name, outbox.c.subject.startswith(f"{name}/", autoescape=True))
        )
    if wanted.start is not None:
        of.append(outbox.c.created_at >= wanted.start)
    if wanted.end is not None:
        of.append(outbox.c.created_at < wanted.end)
    return of


def _is_postgresql(tx: Transaction) -> bool:
    return tx.connection.dialect.name == "postgresql"
