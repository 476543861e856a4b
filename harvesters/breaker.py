"""A circuit per host: closed; open after failures in a row; half-open for one probe at a time.

So a dead host costs one probe now and then, and not every worker's deadline on every product.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from harvesters.errors import CircuitOpen
from lake.ledger import circuits
from lake.ledger.circuits import Circuit
from lake.ledger.ledger import Transaction
from lake.ledger.owner import is_dead

FAILURES_TO_OPEN = 5
FIRST_OPEN = timedelta(seconds=5)
LONGEST_OPEN = timedelta(minutes=10)
LONGEST_PROBE = timedelta(minutes=2)  # a prober on another machine is not waited for any longer
_MOST_DOUBLINGS = 10


def admit(tx: Transaction, host: str) -> None:
    """Let a request to ``host`` pass; where it is half-open, as the one probe.

    Raises:
        CircuitOpen: it has not answered for a while, or somebody else is probing it.
    """
    known = circuits.of_host(tx, host)
    if known is None or known.retry_at is None:
        return
    blocked_until = _blocked_until(known, known.retry_at)
    if blocked_until > tx.now:
        wait = (blocked_until - tx.now).total_seconds()
        raise CircuitOpen(
            f"{host} has not answered since {known.since:%Y-%m-%dT%H:%M:%SZ} ({known.failures} "
            f"times: {known.reason}); it is probed again in {wait:.0f} s",
            wait,
        )
    circuits.save(tx, replace(known, probe_until=tx.now + LONGEST_PROBE, prober=tx.owner))


def answered(tx: Transaction, host: str) -> None:
    """Note that ``host`` answered, whatever it said: its circuit is closed."""
    if circuits.of_host(tx, host) is not None:
        circuits.close(tx, host)


def silent(tx: Transaction, host: str, reason: str) -> None:
    """Note that ``host`` did not answer, or only with a failure of its own."""
    known = circuits.failing(tx, host, reason)
    failures = known.failures + 1
    was_open = known.retry_at is not None
    if was_open and known.probe_until is None:
        return  # a request that left before it opened: the probe will tell
    opens = failures >= FAILURES_TO_OPEN
    circuits.save(
        tx,
        replace(
            known,
            failures=failures,
            retry_at=_next_probe(tx.now, failures) if opens else None,
            probe_until=None,
            prober=None,
            reason=reason,
        ),
    )


def _blocked_until(known: Circuit, retry_at: datetime) -> datetime:
    """Return until when nobody else may ask; a prober that surely died is not waited for."""
    if known.probe_until is None or is_dead(known.prober or ""):
        return retry_at
    return max(retry_at, known.probe_until)


def _next_probe(now: datetime, failures: int) -> datetime:
    doublings = min(failures - FAILURES_TO_OPEN, _MOST_DOUBLINGS)
    open_for: timedelta = FIRST_OPEN * 2**doublings
    return now + min(open_for, LONGEST_OPEN)
