"""Claims, moves and failures: the same for every table whose rows are worked on.

A row is claimed with a lease, worked on outside any transaction, and moved on by compare-and-set.
A worker that dies loses its claim; a worker that was too slow finds ``LostClaim`` and drops its
work. Failures count up, wait longer each time, and end in ``failed`` with their reason.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, Update, and_, or_, select, update

from lake.errors import LostClaim
from lake.ledger.ledger import Transaction
from lake.ledger.owner import is_dead

LEASE = timedelta(minutes=15)
MAX_ATTEMPTS = 4
FIRST_WAIT = timedelta(seconds=2)
_LONGEST_REASON = 2000


def claim(
    tx: Transaction,
    table: Table,
    states: Iterable[str],
    ids: Sequence[int] | None = None,
    limit: int | None = None,
    lease: timedelta = LEASE,
) -> list[int]:
    """Take free rows in one of ``states`` for this owner; return their ids in order."""
    free = or_(
        table.c.lease_until.is_(None),
        table.c.lease_until <= tx.now,
        table.c.lease_owner.in_(_dead_owners(tx, table)),
    )
    due = or_(table.c.not_before.is_(None), table.c.not_before <= tx.now)
    chosen = select(table.c.id).where(table.c.state.in_(list(states)), free, due)
    if ids is not None:
        chosen = chosen.where(table.c.id.in_(list(ids)))
    chosen = chosen.order_by(table.c.id).limit(limit).with_for_update(skip_locked=True)
    taken = (
        update(table)
        .where(table.c.id.in_(chosen.scalar_subquery()))
        .values(lease_owner=tx.owner, lease_until=tx.now + lease)
        .returning(table.c.id)
    )
    return sorted(tx.connection.execute(taken).scalars())


def move(
    tx: Transaction, table: Table, row: int, before: str, after: str, **values: object
) -> None:
    """Move a claimed row from ``before`` to ``after`` and let go of it.

    Raises:
        LostClaim: the row is in another state, or somebody else's now.
    """
    moved = update(table).where(
        table.c.id == row, table.c.state == before, table.c.lease_owner == tx.owner
    )
    values = {"reason": None, "attempts": 0, "not_before": None, **values}
    _settle(tx, table, row, moved, state=after, **values)


def fail(
    tx: Transaction,
    table: Table,
    row: int,
    before: str,
    reason: str,
    wait: timedelta | None = None,
    most_attempts: int = MAX_ATTEMPTS,
    back: str | None = None,
) -> None:
    """Note that it did not work this time: wait and try again, or end in ``failed``.

    ``wait`` is for how long (default: doubled with each attempt); ``back`` is the state from
    which it is tried again, now and when it is revived (default: where it is).
    """
    attempts = (
        1 + tx.connection.execute(select(table.c.attempts).where(table.c.id == row)).scalar_one()
    )
    mine = update(table).where(
        table.c.id == row, table.c.state == before, table.c.lease_owner == tx.owner
    )
    again = back or before
    outcome: dict[str, Any] = {"attempts": attempts, "reason": reason[:_LONGEST_REASON]}
    if attempts < most_attempts:
        doubled = FIRST_WAIT * 2 ** (attempts - 1)
        outcome.update(state=again, not_before=tx.now + (doubled if wait is None else wait))
    else:
        outcome.update(state="failed", failed_from=again, not_before=None)
    _settle(tx, table, row, mine, **outcome)


def release(
    tx: Transaction, table: Table, rows: Sequence[int], wait: timedelta | None = None
) -> None:
    """Let go of claimed rows without a word; with ``wait`` nobody takes them up before that."""
    mine = and_(table.c.id.in_(list(rows)), table.c.lease_owner == tx.owner)
    values: dict[str, Any] = {"lease_owner": None, "lease_until": None}
    if wait is not None:
        values["not_before"] = tx.now + wait
    tx.connection.execute(update(table).where(mine).values(**values))


def renew(tx: Transaction, table: Table, rows: Sequence[int], lease: timedelta = LEASE) -> None:
    """Hold on to claimed rows whose work takes long; those that are another's by now stay so."""
    mine = and_(table.c.id.in_(list(rows)), table.c.lease_owner == tx.owner)
    tx.connection.execute(update(table).where(mine).values(lease_until=tx.now + lease))


def revive(
    tx: Transaction,
    table: Table,
    collection: str | None = None,
    ids: Sequence[int] | None = None,
) -> int:
    """Send failed rows back to where they failed; return how many. Invalid ones stay invalid.

    Of a ``collection`` alone, and of ``ids`` alone, where they are given.
    """
    failed = update(table).where(table.c.state == "failed", table.c.failed_from.is_not(None))
    if collection is not None:
        failed = failed.where(table.c.collection == collection)
    if ids is not None:
        failed = failed.where(table.c.id.in_(list(ids)))
    back = failed.values(state=table.c.failed_from, attempts=0, not_before=None, failed_from=None)
    return tx.connection.execute(back).rowcount


def _settle(tx: Transaction, table: Table, row: int, statement: Update, **values: object) -> None:
    done = statement.values(lease_owner=None, lease_until=None, updated_at=tx.now, **values)
    if tx.connection.execute(done).rowcount != 1:
        raise LostClaim(
            f"{table.name} {row}: expected it still claimed by {tx.owner}; another worker "
            "moved it on. Nothing was changed here"
        )


def _dead_owners(tx: Transaction, table: Table) -> list[str]:
    owners = select(table.c.lease_owner).where(table.c.lease_owner.is_not(None)).distinct()
    return [owner for owner in tx.connection.execute(owners).scalars() if is_dead(owner)]
