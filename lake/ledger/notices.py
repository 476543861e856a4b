"""What providers told us: hints that something is new, kept until a harvest has followed them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, func, select

from lake.ledger import work
from lake.ledger.ledger import Transaction
from lake.ledger.schema import notice
from lake.ledger.upsert import insert_into
from lake.nouns import Window


class NoticeState(StrEnum):
    """waiting → done, or one of the other ends."""

    WAITING = "waiting"
    DONE = "done"  # a harvest has followed it
    IGNORED = "ignored"  # no collection is woken by it
    REJECTED = "rejected"  # it says nothing that can be acted on: never tried again
    FAILED = "failed"  # its harvest did not work, several times; the schedule's poll will


@dataclass(frozen=True, slots=True)
class Notice:
    """A provider's word that something is new.

    ``collection`` is what the sender calls it; ``keys`` are what a collection's ``wakes`` may
    match; ``window`` is the data's time, not the message's.
    """

    source: str
    id: str
    received_at: datetime
    raw: str = field(repr=False)
    collection: str | None = None
    window: Window | None = None
    native_ids: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A notice's place in the ledger."""

    row: int
    source: str
    id: str
    state: NoticeState
    reason: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Hint:
    """What a waiting notice asks for, without its raw message."""

    row: int
    source: str
    collection: str | None
    window: Window | None
    keys: Mapping[str, str]
    received_at: datetime


def record(
    tx: Transaction,
    told: Notice,
    state: NoticeState = NoticeState.WAITING,
    reason: str | None = None,
) -> Recorded:
    """Note a notice. One of this source and id is there already: it stays as it is."""
    row = insert_into(tx, notice).values(
        source=told.source,
        notice_id=told.id,
        collection=told.collection,
        start_at=told.window.start if told.window else None,
        end_at=told.window.end if told.window else None,
        native_ids=list(told.native_ids),
        keys=dict(told.keys),
        raw=told.raw,
        received_at=told.received_at,
        state=state,
        reason=reason,
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx.connection.execute(row.on_conflict_do_nothing())
    same = select(notice).where(notice.c.source == told.source, notice.c.notice_id == told.id)
    return _recorded(tx.connection.execute(same).one())


def claim(tx: Transaction, limit: int) -> list[Hint]:
    """Take the oldest waiting notices that are free and due."""
    taken = work.claim(tx, notice, [NoticeState.WAITING], limit=limit)
    rows = select(notice).where(notice.c.id.in_(taken)).order_by(notice.c.id)
    return [_hint(r) for r in tx.connection.execute(rows)]


def settle(tx: Transaction, row: int, state: NoticeState, reason: str | None = None) -> None:
    """Bring a claimed notice to its end. Raises LostClaim where it is another's by now."""
    work.move(tx, notice, row, NoticeState.WAITING, state, reason=reason)


def fail(tx: Transaction, row: int, reason: str) -> None:
    """Note that its harvest did not work this time."""
    work.fail(tx, notice, row, NoticeState.WAITING, reason)


def recent(tx: Transaction, limit: int = 20) -> list[Recorded]:
    """Return the newest notices, newest first."""
    rows = select(notice).order_by(notice.c.id.desc()).limit(limit)
    return [_recorded(r) for r in tx.connection.execute(rows)]


def counts(tx: Transaction) -> dict[str, int]:
    """Return how many notices are in each state."""
    rows = select(notice.c.state, func.count()).group_by(notice.c.state)
    return dict(tx.connection.execute(rows).tuples().all())


def _recorded(r: Row[Any]) -> Recorded:
    return Recorded(r.id, r.source, r.notice_id, NoticeState(r.state), r.reason, r.received_at)


def _hint(r: Row[Any]) -> Hint:
    window = None if r.start_at is None else Window(r.start_at, r.end_at)
    return Hint(r.id, r.source, r.collection, window, r.keys, r.received_at)
