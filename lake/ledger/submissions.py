"""Item revisions that were handed in whole: no offer, no granule, no cube of ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from lake.ledger import items
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Transaction
from lake.ledger.schema import item
from lake.ledger.states import ItemState
from lake.nouns import ItemId


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision of an item to be added: its name, and its place among those of the item."""

    key: str
    name: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Standing:
    """An item as it is out now: its revision, and its STAC item as plain JSON."""

    revision: str
    stac: Any


def standing(tx: Transaction, collection: str, keys: Sequence[str]) -> dict[str, Standing]:
    """Return those of these items that are out, as they are, by key."""
    rows = select(item.c.key, item.c.revision, item.c.stac).where(
        item.c.collection == collection,
        item.c.key.in_(list(keys)),
        item.c.state == ItemState.PUBLISHED,
    )
    return {r.key: Standing(r.revision, r.stac) for r in tx.connection.execute(rows)}


def add(tx: Transaction, collection: str, revisions: Sequence[Revision]) -> list[LedgeredItem]:
    """Add revisions that somebody answers for: judged, and claimed by us; in any order."""
    same = {
        "collection": collection,
        "state": ItemState.JUDGED,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    rows = [
        same | {"key": one.key, "revision": one.name, "sequence": one.sequence}
        for one in revisions
    ]
    made = tx.connection.execute(item.insert().returning(item.c.id), rows).scalars()
    return items.claim(tx, [ItemState.JUDGED], [ItemId(row) for row in made])
