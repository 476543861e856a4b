"""What only one process may do at a time: it is held for a while, and held on to."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, select, update

from lake.ledger.ledger import Transaction
from lake.ledger.owner import is_dead
from lake.ledger.schema import lease
from lake.ledger.upsert import insert_into


@dataclass(frozen=True, slots=True)
class Term:
    """One owner's time with a lease; a later owner has a higher ``number``."""

    name: str
    number: int


def take(tx: Transaction, name: str, duration: timedelta) -> Term | None:
    """Take a lease that is free, run out, or whose owner died; None where another holds it."""
    until = tx.now + duration
    first = insert_into(tx, lease).values(name=name, owner=tx.owner, term=1, lease_until=until)
    is_first = first.on_conflict_do_nothing().returning(lease.c.term)
    if tx.connection.execute(is_first).first():
        return Term(name, 1)
    found = tx.connection.execute(
        select(lease).where(lease.c.name == name).with_for_update()
    ).one()
    if found.lease_until > tx.now and not is_dead(found.owner):
        return None
    number = found.term + 1
    values = {"owner": tx.owner, "term": number, "lease_until": until}
    tx.connection.execute(update(lease).where(lease.c.name == name).values(**values))
    return Term(name, number)


def renew(tx: Transaction, mine: Term, duration: timedelta) -> bool:
    """Hold on to a lease; False where it ran out, whether another has it by now or not."""
    still = and_(_is(mine), lease.c.lease_until > tx.now)
    values = {"lease_until": tx.now + duration}
    return tx.connection.execute(update(lease).where(still).values(**values)).rowcount == 1


def give_up(tx: Transaction, mine: Term) -> None:
    """Let another have it at once."""
    tx.connection.execute(update(lease).where(_is(mine)).values(lease_until=tx.now))


def owner(tx: Transaction, name: str) -> str | None:
    """Return who holds a lease; None where nobody does that lives."""
    held = select(lease.c.owner).where(lease.c.name == name, lease.c.lease_until > tx.now)
    found: str | None = tx.connection.execute(held).scalar()
    return None if found is None or is_dead(found) else found


def _is(mine: Term) -> ColumnElement[bool]:
    return and_(lease.c.name == mine.name, lease.c.term == mine.number)
