"""Circuits by host: how often in a row a host did not answer, and when it may be asked again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from lake.ledger.ledger import Transaction
from lake.ledger.schema import circuit
from lake.ledger.upsert import insert_into

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Circuit:
    """A host that did not answer of late. ``retry_at`` is None while its circuit is closed."""

    host: str
    failures: int
    retry_at: datetime | None
    probe_until: datetime | None
    reason: str
    since: datetime


def of_host(tx: Transaction, host: str) -> Circuit | None:
    """Return a host's circuit, held against all others until we commit; None: all is well."""
    row = select(circuit).where(circuit.c.host == host).with_for_update()
    found = tx.connection.execute(row).one_or_none()
    return None if found is None else Circuit(*found)


def save(tx: Transaction, known: Circuit) -> None:
    """Write a circuit down."""
    values = {
        "failures": known.failures,
        "retry_at": known.retry_at,
        "probe_until": known.probe_until,
        "reason": known.reason[:_LONGEST_REASON],
        "since": known.since,
    }
    row = insert_into(tx, circuit).values(host=known.host, **values)
    tx.connection.execute(row.on_conflict_do_update(index_elements=["host"], set_=values))


def close(tx: Transaction, host: str) -> None:
    """Forget a host's failures: it answered."""
    tx.connection.execute(delete(circuit).where(circuit.c.host == host))


def not_closed(tx: Transaction) -> list[Circuit]:
    """Return the circuits that are open or half-open, by host."""
    rows = select(circuit).where(circuit.c.retry_at.is_not(None)).order_by(circuit.c.host)
    return [Circuit(*row) for row in tx.connection.execute(rows)]
