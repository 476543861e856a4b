"""How many transfers each batch may have under way for one account, shared by all processes.

A batch says how many it may have under way by what it was told before (``keeps``), and how many
it wants; it is told how many it may have from now on. Nobody is interrupted: who has more than a
fair share while others have less is told fewer, and keeps what is under way until that has ended.
Where there are more batches than slots, each has its slots for a while, and those that have
waited longest come next. The slots of a process that died are lost at once, those of
one that is not heard of any more (or is on another machine) when their lease runs out.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from lake.ledger import quotas
from lake.ledger.ledger import Transaction
from lake.ledger.owner import is_dead
from lake.ledger.quotas import Key
from lake.ledger.schema import slot
from lake.ledger.upsert import insert_into

LEASE = timedelta(seconds=60)
TURN = timedelta(seconds=10)
"""For how long slots are left to their holder where there are too few for all."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a batch has and wants; ``since`` is when it got its first slot, or lost its last."""

    batch: str
    held: int
    wanted: int
    since: datetime
    lease_until: datetime

    @property
    def place(self) -> tuple[int, datetime, str]:
        """Return its place among those that wait: who has least, and has waited longest."""
        return self.held, self.since, self.batch

    def lacks(self, fair: int) -> int:
        """Return how many slots it has too few for a fair share."""
        return max(0, min(self.wanted, max(fair, 1)) - self.held)


def share(tx: Transaction, key: Key, batch: str, most: int, keeps: int, wanted: int) -> int:
    """Return how many transfers a batch may have under way, of at most ``most`` in all.

    ``keeps`` is how many it may have by now, and ``wanted`` how many it has or would begin. What
    is returned may be less than ``keeps``; it is counted as kept until the batch says so.
    """
    quotas.hold(tx, key)
    claims = _living(tx, key)
    known = claims.pop(batch, None)
    is_new = known is None or (keeps == 0 and known.held > 0)
    since = tx.now if known is None or is_new else known.since
    mine = _Claim(batch, keeps, wanted, since, tx.now + LEASE)
    may = min(wanted, _fair(mine, list(claims.values()), most, tx.now))
    begins = tx.now if keeps == 0 and may > 0 else since
    _save(tx, key, replace(mine, held=max(keeps, may), since=begins), known)
    return may


def _fair(mine: _Claim, others: list[_Claim], most: int, now: datetime) -> int:
    free = max(0, most - mine.held - sum(other.held for other in others))
    claimants = 1 + sum(1 for other in others if other.wanted > 0)
    fair = most // claimants
    lacking = [other for other in others if other.lacks(fair) > 0]
    if not lacking:
        return mine.held + free
    if mine.held > max(fair, 1):
        return max(fair, 1)
    if fair == 0 and mine.held > 0 and now - mine.since >= TURN:
        return 0
    first = [other for other in lacking if other.place < mine.place]
    left = max(0, free - sum(other.lacks(fair) for other in first))
    return mine.held + min(left, mine.lacks(fair))


def _living(tx: Transaction, key: Key) -> dict[str, _Claim]:
    """Return the claims of those that live, by batch; the others' are removed."""
    rows = tx.connection.execute(select(slot).where(quotas.belongs(slot, key))).all()
    gone = [r.batch for r in rows if r.lease_until <= tx.now or is_dead(r.owner)]
    if gone:
        theirs = quotas.belongs(slot, key) & slot.c.batch.in_(gone)
        tx.connection.execute(delete(slot).where(theirs))
    return {
        r.batch: _Claim(r.batch, r.held, r.wanted, r.since, r.lease_until)
        for r in rows
        if r.batch not in gone
    }


def _save(tx: Transaction, key: Key, claim: _Claim, known: _Claim | None) -> None:
    if claim.held == claim.wanted == 0:
        mine = quotas.belongs(slot, key) & (slot.c.batch == claim.batch)
        tx.connection.execute(delete(slot).where(mine))
        return
    is_fresh = known is not None and known.lease_until > tx.now + LEASE / 2
    if known is not None and is_fresh and replace(claim, lease_until=known.lease_until) == known:
        return
    values: dict[str, Any] = {
        "held": claim.held,
        "wanted": claim.wanted,
        "since": claim.since,
        "lease_until": claim.lease_until,
    }
    named = {**quotas.columns(key), "batch": claim.batch}
    row = insert_into(tx, slot).values(**named, owner=tx.owner, **values)
    tx.connection.execute(row.on_conflict_do_update(index_elements=list(named), set_=values))
