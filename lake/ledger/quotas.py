"""Token buckets shared by all processes, taken from by lanes in turn; and bytes by month.

A bucket belongs to (provider, credential, operation). It is refilled by the clock, and blocked
while the provider says so. Lanes draw from it by weighted fair queueing in virtual time: each
request moves its lane on by 1 / weight, and the lane that is furthest behind goes first. A lane
that nobody asks for is not waited for, so that the others have all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, select, update

from lake.ledger.ledger import Transaction
from lake.ledger.schema import bucket, bucket_lane, traffic
from lake.ledger.upsert import insert_into

# How long a lane that was told to wait is waited for beyond the time it was told.
PATIENCE = timedelta(seconds=2)
_SHORTEST_WAIT_SECONDS = 0.001  # never 0.0: that means go
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Key:
    """Whose bucket: a provider's, for one credential (its name, never its value)."""

    provider: str
    credential: str
    operation: str


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a bucket is refilled, and how much it holds."""

    per_second: float
    burst: int = 1


@dataclass(frozen=True, slots=True)
class Share:
    """A lane, and its weight among the lanes that want something."""

    lane: str
    weight: float = 1.0


def take(tx: Transaction, key: Key, rate: Rate, share: Share) -> float:
    """Take one token; return 0.0 where there was one for this lane, else the seconds to wait."""
    held = _locked(tx, key, rate.burst)
    now = max(tx.now, held.refilled_at)  # another machine's clock may be ahead: never refill twice
    gained = rate.per_second * (now - held.refilled_at).total_seconds()
    tokens = min(float(rate.burst), held.tokens + gained)
    lanes = _lanes(tx, key)
    mine = lanes.get(share.lane)
    turn = _turn(mine, held.turn, now)
    ahead = sum(1 for name, r in lanes.items() if name != share.lane and _is_ahead(r, turn, now))
    wait = _wait_seconds(held.blocked_until, now, tokens, ahead, rate)
    if wait > 0:
        wanted_until = now + timedelta(seconds=wait) + PATIENCE
        _set_lane(tx, key, share.lane, turn=turn, wanted_until=wanted_until)
        return wait
    # A lane that had to wait has more to ask for: else every other ask would be another lane's.
    expected_until = now + timedelta(seconds=1 / rate.per_second) + PATIENCE
    has_more = mine is not None and _is_wanted(mine, now)
    _set_lane(
        tx,
        key,
        share.lane,
        turn=turn + 1 / share.weight,
        wanted_until=expected_until if has_more else None,
    )
    _set(tx, key, tokens=tokens - 1, refilled_at=now, turn=turn)
    return 0.0


def block(tx: Transaction, key: Key, seconds: float) -> None:
    """Let nothing through for so many seconds; a longer block that is there already stays."""
    held = _locked(tx, key, 1)
    until = tx.now + timedelta(seconds=seconds)
    _set(tx, key, blocked_until=max(until, held.blocked_until or until))


def blocked_seconds(tx: Transaction, key: Key) -> float:
    """Return for how long the provider wants to hear nothing of this operation."""
    rows = select(bucket.c.blocked_until).where(belongs(bucket, key))
    until = tx.connection.execute(rows).scalar()
    return _left(until, tx.now)


def carried(tx: Transaction, key: Key, size_bytes: int) -> None:
    """Add to the bytes that came this month."""
    insert = insert_into(tx, traffic).values(
        provider=key.provider, credential=key.credential, month=_month(tx.now), bytes=size_bytes
    )
    summed = {"bytes": traffic.c.bytes + size_bytes}
    tx.connection.execute(
        insert.on_conflict_do_update(
            index_elements=["provider", "credential", "month"], set_=summed
        )
    )


def carried_this_month(tx: Transaction, key: Key) -> int:
    """Return how many bytes came this month (UTC)."""
    rows = select(traffic.c.bytes).where(
        traffic.c.provider == key.provider,
        traffic.c.credential == key.credential,
        traffic.c.month == _month(tx.now),
    )
    return tx.connection.execute(rows).scalar() or 0


@dataclass(frozen=True, slots=True)
class Blocked:
    """A provider's operation that may not be asked for before a time, for the provider said so."""

    provider: str
    operation: str
    until: datetime


def blocked(tx: Transaction) -> list[Blocked]:
    """Return what is blocked now, by provider."""
    rows = (
        select(bucket)
        .where(bucket.c.blocked_until > tx.now)
        .order_by(bucket.c.provider, bucket.c.operation)
    )
    return [Blocked(r.provider, r.operation, r.blocked_until) for r in tx.connection.execute(rows)]


def hold(tx: Transaction, key: Key) -> None:
    """Let nobody else at what is ``key``'s until we commit."""
    _locked(tx, key, 1)


def columns(key: Key) -> dict[str, str]:
    """Return the columns that name whose row it is."""
    return {
        "provider": key.provider,
        "credential": key.credential,
        "operation": key.operation,
    }


def belongs(table: Table, key: Key) -> Any:  # noqa: ANN401 - a conjunction of columns
    """Return the condition that a row is ``key``'s."""
    return (
        (table.c.provider == key.provider)
        & (table.c.credential == key.credential)
        & (table.c.operation == key.operation)
    )


def _wait_seconds(
    blocked_until: datetime | None, now: datetime, tokens: float, ahead: int, rate: Rate
) -> float:
    blocked_for = _left(blocked_until, now)
    lacking = 1 + ahead - tokens  # those ahead have theirs first
    if blocked_for <= 0 and lacking <= _ROUNDING:
        return 0.0
    return max(blocked_for, lacking / rate.per_second, _SHORTEST_WAIT_SECONDS)


def _turn(known: Row[Any] | None, served: float, now: datetime) -> float:
    """Return a lane's turn; one that was not waiting joins at what is served, not in its past."""
    if known is None:
        return served
    return max(float(known.turn), served) if not _is_wanted(known, now) else float(known.turn)


def _is_ahead(other: Row[Any], turn: float, now: datetime) -> bool:
    return _is_wanted(other, now) and other.turn < turn - _ROUNDING


def _is_wanted(lane: Row[Any], now: datetime) -> bool:
    return lane.wanted_until is not None and lane.wanted_until > now


def _left(until: datetime | None, now: datetime) -> float:
    return 0.0 if until is None else max(0.0, (until - now).total_seconds())


def _locked(tx: Transaction, key: Key, tokens: int) -> Row[Any]:
    """Return the bucket, full where it is new, held against all others until we commit."""
    fresh = insert_into(tx, bucket).values(
        **columns(key), tokens=float(tokens), turn=0.0, refilled_at=tx.now
    )
    tx.connection.execute(fresh.on_conflict_do_nothing())
    row = select(bucket).where(belongs(bucket, key)).with_for_update()
    return tx.connection.execute(row).one()


def _lanes(tx: Transaction, key: Key) -> Mapping[str, Row[Any]]:
    rows: Sequence[Row[Any]] = tx.connection.execute(
        select(bucket_lane).where(belongs(bucket_lane, key))
    ).all()
    return {r.lane: r for r in rows}


def _set(tx: Transaction, key: Key, **values: object) -> None:
    tx.connection.execute(update(bucket).where(belongs(bucket, key)).values(**values))


def _set_lane(tx: Transaction, key: Key, lane: str, **values: object) -> None:
    row = insert_into(tx, bucket_lane).values(**columns(key), lane=lane, **values)
    index = ["provider", "credential", "operation", "lane"]
    tx.connection.execute(row.on_conflict_do_update(index_elements=index, set_=values))


def _month(moment: datetime) -> str:
    return f"{moment:%Y-%m}"
