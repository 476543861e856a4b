"""Signals that wait to be sent, written in the transaction that gives rise to them.

That of an item carries the STAC item which stands in the item's own row, so that it is not
written twice. Before that row is changed, ``seal`` gives the signal a copy of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Text,
    Update,
    case,
    cast,
    exists,
    func,
    null,
    select,
    update,
)

from lake.ledger import bulk
from lake.ledger.ledger import Transaction
from lake.ledger.schema import item, outbox
from lake.nouns import ItemId, Signal

_LONGEST_REASON = 2000

NONE_STANDS: Mapping[str, ItemId] = {}

told: Select[Any] = select(
    *(column for column in outbox.c if column is not outbox.c.data),
    case((outbox.c.data == "", cast(item.c.stac, Text)), else_=outbox.c.data).label("data"),
).select_from(outbox.outerjoin(item, item.c.id == outbox.c.item_id))
"""The outbox with what each signal carries, wherever that stands."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A signal as the outbox keeps it; ``refusal`` is why it cannot be sent as it is."""

    signal: Signal
    sent_at: datetime | None
    refusal: str | None


def append(tx: Transaction, signal: Signal) -> None:
    """Add a signal. The same id again changes nothing."""
    append_all(tx, [signal])


def append_all(
    tx: Transaction, signals: Sequence[Signal], standing: Mapping[str, ItemId] = NONE_STANDS
) -> None:
    """Add signals in their order; of those whose id is known nothing changes.

    ``standing`` says, by the signal's id, which item's row holds what it carries.
    """
    rows = [
        {
            "event_id": signal.id,
            "type": signal.type,
            "subject": signal.subject,
            "data": "" if signal.id in standing else signal.data,
            "item_id": standing.get(signal.id),
            "created_at": signal.time,
        }
        for signal in signals
    ]
    is_postgresql = tx.connection.dialect.name == "postgresql"
    bulk.add(tx, outbox, rows, turn=_this_transaction() if is_postgresql else null())


def seal(tx: Transaction, ids: Sequence[ItemId]) -> None:
    """Have what was told of these items be kept as it was told, whatever becomes of them.

    The items are locked by then, so that nobody tells anything more of them meanwhile.
    """
    if not ids:
        return
    these = select(item.c.collection + "/" + item.c.key).where(bulk.among(tx, item.c.id, ids))
    stac = select(cast(item.c.stac, Text)).where(item.c.id == outbox.c.item_id)
    is_open = outbox.c.subject.in_(these) & bulk.among(tx, outbox.c.item_id, ids)
    open_ones = _in_turn(is_open, outbox.c.data == "")
    tx.connection.execute(open_ones.values(data=stac.scalar_subquery()))


def unsent(tx: Transaction, limit: int = 500) -> list[Signal]:
    """Return signals that nobody has acknowledged nor refused, oldest first.

    Rows are found by their empty ``sent_at``: a cursor over ids would lose those that
    commit late.
    """
    rows = (
        told.where(outbox.c.sent_at.is_(None), outbox.c.refusal.is_(None))
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [signal_of(r) for r in tx.connection.execute(rows)]


def mark_sent(tx: Transaction, event_ids: Sequence[str]) -> None:
    """Note that these were acknowledged."""
    if event_ids:
        named = bulk.among(tx, outbox.c.event_id, event_ids)
        tx.connection.execute(_in_turn(named, outbox.c.sent_at.is_(None)).values(sent_at=tx.now))


def refuse(tx: Transaction, event_id: str, reason: str) -> None:
    """Set a signal aside that cannot be sent as it is, so that it does not hold up the rest."""
    refused = update(outbox).where(outbox.c.event_id == event_id)
    tx.connection.execute(refused.values(refusal=reason[:_LONGEST_REASON]))


def refused(tx: Transaction) -> list[Kept]:
    """Return the signals that were set aside, oldest first."""
    rows = told.where(outbox.c.refusal.is_not(None)).order_by(outbox.c.id)
    return [_kept(r) for r in tx.connection.execute(rows)]


def readmit(tx: Transaction, states: Collection[str]) -> int:
    """Have what was set aside sent again; return how many.

    Of those types that say how a subject is, the newest counts: one that a newer one overtook
    stays aside, for it would be believed.
    """
    newer = outbox.alias("newer")
    is_overtaken = exists().where(
        outbox.c.type.in_(states),
        newer.c.type.in_(states),
        newer.c.subject == outbox.c.subject,
        newer.c.id > outbox.c.id,
        newer.c.refusal.is_(None),
    )
    rows = _in_turn(outbox.c.refusal.is_not(None), ~is_overtaken.correlate(outbox))
    return tx.connection.execute(rows.values(refusal=None)).rowcount


def of_ids(tx: Transaction, event_ids: Sequence[str]) -> list[Signal]:
    """Return the signals of these ids that are known here, in the order of the ids."""
    rows = told.where(bulk.among(tx, outbox.c.event_id, event_ids))
    known = {r.event_id: signal_of(r) for r in tx.connection.execute(rows)}
    return [known[event] for event in event_ids if event in known]


def about(tx: Transaction, subject: str, type_: str) -> list[Signal]:
    """Return the signals of a type about a subject, oldest first."""
    rows = told.where(outbox.c.subject == subject, outbox.c.type == type_).order_by(outbox.c.id)
    return [signal_of(r) for r in tx.connection.execute(rows)]


def tail(tx: Transaction, count: int) -> list[Kept]:
    """Return the newest ``count`` signals, oldest first."""
    rows = told.order_by(outbox.c.id.desc()).limit(count)
    return [_kept(r) for r in tx.connection.execute(rows)][::-1]


def signal_of(r: Row[Any]) -> Signal:
    """Return a row of ``told`` as the house knows it."""
    return Signal(r.event_id, r.type, r.subject, r.created_at, r.data)


def _in_turn(*of: ColumnElement[bool]) -> Update:
    """Return a change of signals that locks them by age: two such never wait for each other."""
    locked = select(outbox.c.id).where(*of).order_by(outbox.c.id).with_for_update(key_share=True)
    return update(outbox).where(outbox.c.id.in_(locked))


def _this_transaction() -> Any:  # noqa: ANN401 - an SQL expression
    return cast(cast(func.pg_current_xact_id(), Text), BigInteger)


def _kept(r: Row[Any]) -> Kept:
    return Kept(signal_of(r), r.sent_at, r.refusal)
