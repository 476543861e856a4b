"""What people and programs asked to have harvested, and what became of it.

The same request again is the same row. One that came to a bad end may be asked again: that is the
next attempt, a row of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, func, select, update

from lake.ledger import work
from lake.ledger.alone import alone
from lake.ledger.ledger import Transaction
from lake.ledger.schema import request
from lake.nouns import Window

_LONGEST_REASON = 2000


class RequestState(StrEnum):
    """accepted → running → completed, or one of the other ends."""

    ACCEPTED = "accepted"  # it stands, and will be run
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"  # it did not work: it may be asked again
    REJECTED = "rejected"  # it was not begun, and its code says why
    DISMISSED = "dismissed"  # its requester wants it no more


R = RequestState
OPEN = (R.ACCEPTED, R.RUNNING)
COMPLETABLE = (*OPEN, R.FAILED)  # a run that failed may be taken up again
_MAY_BE_ASKED_AGAIN = (R.FAILED, R.REJECTED, R.DISMISSED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request as it comes: ``asked`` is all of it, ``digest`` that of what and by whom.

    ``window`` is None where it cannot be read from what is asked.
    ``correlation`` is the requester's own id of its message, "" where it gives none. ``run`` is
    Airflow's run that is there already, "" where one is still to be made.
    """

    digest: str
    collection: str
    window: Window | None
    asked: Mapping[str, Any]
    requester: str
    via: str
    correlation: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A request with its place in the ledger; ``name`` is what its requester calls it by."""

    name: str
    collection: str
    window: Window | None
    asked: Mapping[str, Any]
    requester: str
    via: str
    correlation: str
    run: str
    state: RequestState
    keys: tuple[str, ...] | None
    code: str | None
    reason: str | None
    outcome: Mapping[str, Any] | None
    created_at: datetime
    updated_at: datetime


def ask(tx: Transaction, wanted: Wanted) -> tuple[Request, bool]:
    """Note a request; return it as it stands, and whether it is new.

    One that ended badly is begun anew.
    """
    alone(tx.connection, _asking(wanted.digest))
    standing = newest(tx, wanted.digest)
    if standing is not None and standing.state not in _MAY_BE_ASKED_AGAIN:
        return standing, False
    attempts = select(func.count()).where(request.c.digest == wanted.digest)
    attempt = 1 + tx.connection.execute(attempts).scalar_one()
    name = wanted.digest if attempt == 1 else f"{wanted.digest}.{attempt}"
    row = request.insert().values(
        name=name,
        digest=wanted.digest,
        collection=wanted.collection,
        start_at=wanted.window and wanted.window.start,
        end_at=wanted.window and wanted.window.end,
        asked=dict(wanted.asked),
        requester=wanted.requester,
        via=wanted.via,
        correlation=wanted.correlation,
        run=wanted.run or f"request__{name}",
        state=R.ACCEPTED,
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx.connection.execute(row)
    return known(tx, name), True


def find(tx: Transaction, name: str) -> Request | None:
    """Return a request by its name; None where there is none."""
    return next(iter(_read(tx, select(request).where(request.c.name == name))), None)


def known(tx: Transaction, name: str) -> Request:
    """Return a request that is there; LookupError where it is not."""
    found = find(tx, name)
    if found is None:
        raise LookupError(f"expected the request {name} in the ledger, it is not there")
    return found


def newest(tx: Transaction, digest: str) -> Request | None:
    """Return the last attempt of what has this digest; None where nobody asked for it."""
    rows = select(request).where(request.c.digest == digest).order_by(request.c.id.desc())
    return next(iter(_read(tx, rows.limit(1))), None)


def of_run(tx: Transaction, collection: str, run: str) -> list[Request]:
    """Return what runs of a collection by that name were to serve, the newest first.

    There are several where a run was deleted, and triggered anew with something else to do.
    """
    rows = select(request).where(request.c.collection == collection, request.c.run == run)
    return _read(tx, rows.order_by(request.c.id.desc()))


def recent(
    tx: Transaction,
    limit: int = 50,
    requester: str | None = None,
    states: Sequence[RequestState] | None = None,
) -> list[Request]:
    """Return the newest requests, newest first."""
    rows = select(request).order_by(request.c.id.desc()).limit(limit)
    if requester is not None:
        rows = rows.where(request.c.requester == requester)
    if states is not None:
        rows = rows.where(request.c.state.in_(list(states)))
    return _read(tx, rows)


def still_open(tx: Transaction, before: datetime) -> list[Request]:
    """Return the requests that are at no end and of which nothing was heard since a time."""
    rows = select(request).where(request.c.state.in_(OPEN), request.c.updated_at < before)
    return _read(tx, rows.order_by(request.c.id))


def claim(tx: Transaction, limit: int = 1) -> list[Request]:
    """Take the oldest requests that are to be run here, and that are free and due."""
    taken = work.claim(tx, request, OPEN, limit=limit)
    return _read(tx, select(request).where(request.c.id.in_(taken)).order_by(request.c.id))


def hold(tx: Transaction, name: str) -> None:
    """Hold on to a claimed request whose harvest takes long."""
    row = select(request.c.id).where(request.c.name == name)
    work.renew(tx, request, tx.connection.execute(row).scalars().all())


def release(tx: Transaction, name: str) -> None:
    """Let go of a claimed request."""
    mine = update(request).where(request.c.name == name, request.c.lease_owner == tx.owner)
    tx.connection.execute(mine.values(lease_owner=None, lease_until=None))


def begin(tx: Transaction, name: str) -> bool:
    """Note that a request is being run; return False where it is at an end already."""
    return _move(tx, name, R.RUNNING)


def choose(tx: Transaction, name: str, keys: Sequence[str]) -> None:
    """Note which items a request turned out to be about."""
    row = update(request).where(request.c.name == name)
    tx.connection.execute(row.values(keys=list(keys), updated_at=tx.now))


def settle(
    tx: Transaction,
    name: str,
    state: RequestState,
    code: str | None = None,
    reason: str | None = None,
    outcome: Mapping[str, Any] | None = None,
) -> bool:
    """Bring a request to its end; return False where it had come to one already.

    One that failed may be completed after all. Whoever asks the same meanwhile waits, and meets
    the end.
    """
    alone(tx.connection, _asking(name.partition(".")[0]))
    told = {"code": code, "reason": reason and reason[:_LONGEST_REASON]}
    before = COMPLETABLE if state is R.COMPLETED else OPEN
    return _move(tx, name, state, before, outcome=outcome and dict(outcome), **told)


def touch(tx: Transaction, name: str) -> None:
    """Note that a request was looked after just now."""
    row = update(request).where(request.c.name == name)
    tx.connection.execute(row.values(updated_at=tx.now))


def _asking(digest: str) -> str:
    """Return the lock of those who ask the same."""
    return f"requests/{digest}"


def _move(
    tx: Transaction,
    name: str,
    state: RequestState,
    before: Sequence[RequestState] = OPEN,
    **values: object,
) -> bool:
    row = update(request).where(request.c.name == name, request.c.state.in_(before))
    moved = row.values(state=state, updated_at=tx.now, **values)
    return bool(tx.connection.execute(moved).rowcount)


def _read(tx: Transaction, rows: Select[Any]) -> list[Request]:
    return [_request(row) for row in tx.connection.execute(rows)]


def _request(r: Row[Any]) -> Request:
    return Request(
        name=r.name,
        collection=r.collection,
        window=None if r.start_at is None else Window(r.start_at, r.end_at),
        asked=r.asked,
        requester=r.requester,
        via=r.via,
        correlation=r.correlation,
        run=r.run,
        state=RequestState(r.state),
        keys=None if r.keys is None else tuple(r.keys),
        code=r.code,
        reason=r.reason,
        outcome=r.outcome,
        created_at=r.created_at,
        updated_at=r.updated_at,
    )
