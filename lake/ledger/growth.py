"""Who writes a collection's growing cube, and with which snapshot each item revision came."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select, update

from lake.errors import LostClaim
from lake.ledger import items, work
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Transaction
from lake.ledger.schema import growth, item
from lake.ledger.states import ItemState
from lake.ledger.upsert import insert_into
from lake.nouns import ItemId

_OPEN = "open"
_TAKEN_BACK = (ItemState.QUARANTINED, ItemState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to write a growing cube, and the last snapshot whose items are marked."""

    id: int
    collection: str
    snapshot: str | None


@dataclass(frozen=True, slots=True)
class Copied:
    """An item revision in a growing cube; ``digest`` is that of the cube it was copied from."""

    key: str
    revision: str
    digest: str
    granules: tuple[str, ...]


def claim(tx: Transaction, collection: str) -> Turn | None:
    """Take the turn to write a collection's growing cube; None where another has it."""
    begun = {"collection": collection, "state": _OPEN, "created_at": tx.now, "updated_at": tx.now}
    tx.connection.execute(insert_into(tx, growth).values(**begun).on_conflict_do_nothing())
    known = select(growth.c.id).where(growth.c.collection == collection)
    taken = work.claim(tx, growth, [_OPEN], tx.connection.execute(known).scalars().all())
    if not taken:
        return None
    row = tx.connection.execute(select(growth).where(growth.c.id == taken[0])).one()
    return Turn(row.id, row.collection, row.snapshot)


def hold(tx: Transaction, turn: Turn, rows: Sequence[ItemId] = ()) -> None:
    """Hold on to a turn, and to the items that are copied in it.

    Raises:
        LostClaim: the turn is another's by now; nothing may be committed.
    """
    mine = and_(growth.c.id == turn.id, growth.c.lease_owner == tx.owner)
    kept = update(growth).where(mine).values(lease_until=tx.now + work.LEASE)
    if tx.connection.execute(kept).rowcount != 1:
        raise LostClaim(
            f"growth of {turn.collection}: expected it still claimed by {tx.owner}; another "
            "writer has it. Nothing was changed here"
        )
    work.renew(tx, item, rows)


def release(tx: Transaction, turn: Turn) -> None:
    """Let the next writer have its turn."""
    work.release(tx, growth, [turn.id])


def mark(tx: Transaction, turn: Turn, snapshot: str, copied: Iterable[Copied]) -> None:
    """Note that a snapshot is made, and which item revisions came with it.

    A revision whose cube is another by now has still to come.

    Raises:
        LostClaim: the turn is another's by now.
    """
    hold(tx, turn)
    for one in copied:
        named = and_(
            item.c.collection == turn.collection,
            item.c.key == one.key,
            item.c.revision == one.revision,
        )
        cube = tx.connection.execute(select(item.c.cube).where(named)).scalar()
        if cube and cube["digest"] == one.digest:
            came = update(item).where(named).values(snapshot=snapshot, outside=None)
            tx.connection.execute(came)
    made = update(growth).where(growth.c.id == turn.id)
    tx.connection.execute(made.values(snapshot=snapshot, updated_at=tx.now))


def leave_outside(tx: Transaction, row: ItemId, reason: str) -> None:
    """Note why the growing cube does not hold a claimed item."""
    mine = and_(item.c.id == row, item.c.lease_owner == tx.owner)
    tx.connection.execute(update(item).where(mine).values(snapshot=None, outside=reason))


def waiting(tx: Transaction, rows: Sequence[ItemId]) -> dict[str, list[ItemId]]:
    """Return, by collection, the judged of ``rows`` that are neither inside nor outside yet."""
    unsettled = select(item.c.collection, item.c.id).where(
        item.c.id.in_(list(rows)),
        item.c.state == ItemState.JUDGED,
        item.c.snapshot.is_(None),
        item.c.outside.is_(None),
    )
    found: dict[str, list[ItemId]] = defaultdict(list)
    for collection, row in tx.connection.execute(unsettled.order_by(item.c.id)).tuples():
        found[collection].append(ItemId(row))
    return dict(found)


def taken_back(tx: Transaction, collection: str) -> list[LedgeredItem]:
    """Return the revisions that came into the growing cube and were taken back since."""
    rows = select(item.c.id).where(
        item.c.collection == collection,
        item.c.snapshot.is_not(None),
        item.c.state.in_(_TAKEN_BACK),
    )
    found = tx.connection.execute(rows.order_by(item.c.id)).scalars().all()
    return [known for row in found if (known := items.known(tx, ItemId(row)))]


def forget(tx: Transaction, rows: Iterable[ItemId]) -> None:
    """Note that the growing cube does not hold these items any more."""
    gone = update(item).where(item.c.id.in_(list(rows)))
    tx.connection.execute(gone.values(snapshot=None))


def named(tx: Transaction, collection: str) -> frozenset[str]:
    """Return the snapshots of a growing cube that item revisions name."""
    rows = select(item.c.snapshot).where(
        item.c.collection == collection,
        item.c.snapshot.is_not(None),
    )
    return frozenset(tx.connection.execute(rows.distinct()).scalars())


def newest_inside(tx: Transaction, row: LedgeredItem) -> int:
    """Return the sequence of the newest revision of an item that came in; -1 where none did."""
    newest = select(func.max(item.c.sequence)).where(
        item.c.collection == row.collection,
        item.c.key == row.key,
        item.c.snapshot.is_not(None),
        item.c.state.not_in(_TAKEN_BACK),
    )
    found = tx.connection.execute(newest).scalar()
    return -1 if found is None else found
