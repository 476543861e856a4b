"""Circuits by host: how often in a row a host did not answer, and when it may be asked again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update

from lake.ledger.ledger import Transaction
from lake.ledger.schema import circuit
from lake.ledger.upsert import insert_into

_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Circuit:
    """A host that did not answer of late. ``retry_at`` is None while its circuit is closed.

    ``prober`` is who asks it until ``probe_until`` whether it answers again.
    """

    host: str
    failures: int
    retry_at: datetime | None
    probe_until: datetime | None
    reason: str
    since: datetime
    prober: str | None = None


def of_host(tx: Transaction, host: str) -> Circuit | None:
    """Return a host's circuit, held against all others until we commit; None: all is well."""
    row = select(circuit).where(circuit.c.host == host).with_for_update()
    found = tx.connection.execute(row).one_or_none()
    return None if found is None else _circuit(found)


def failing(tx: Transaction, host: str, reason: str) -> Circuit:
    """Return a host's circuit, begun where it has none, held against all others."""
    fresh = insert_into(tx, circuit).values(
        host=host, failures=0, reason=reason[:_LONGEST_REASON], since=tx.now
    )
    # a row that is only looked for after "do nothing" may be closed by another in between
    held = fresh.on_conflict_do_update(index_elements=["host"], set_={"host": host})
    return _circuit(tx.connection.execute(held.returning(circuit)).one())


def save(tx: Transaction, known: Circuit) -> None:
    """Write down what became of a circuit that is held."""
    values = {
        "failures": known.failures,
        "retry_at": known.retry_at,
        "probe_until": known.probe_until,
        "prober": known.prober,
        "reason": known.reason[:_LONGEST_REASON],
        "since": known.since,
    }
    tx.connection.execute(update(circuit).where(circuit.c.host == known.host).values(**values))


def close(tx: Transaction, host: str) -> None:
    """Forget a host's failures: it answered."""
    tx.connection.execute(delete(circuit).where(circuit.c.host == host))


def not_closed(tx: Transaction) -> list[Circuit]:
    """Return the circuits that are open or half-open, by host."""
    rows = select(circuit).where(circuit.c.retry_at.is_not(None)).order_by(circuit.c.host)
    return [_circuit(row) for row in tx.connection.execute(rows)]


def _circuit(row: Row[Any]) -> Circuit:
    return Circuit(
        row.host, row.failures, row.retry_at, row.probe_until, row.reason, row.since, row.prober
    )
