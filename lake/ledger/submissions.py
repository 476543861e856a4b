"""Item revisions that were handed in whole: no offer, no granule, no cube of ours."""

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
class Standing:
    """An item as it is out now: its revision, and its STAC item as plain JSON."""

    revision: str
    stac: Any


def standing(tx: Transaction, collection: str, key: str) -> Standing | None:
    """Return an item as it is out; None where none is."""
    rows = select(item.c.revision, item.c.stac).where(
        item.c.collection == collection, item.c.key == key, item.c.state == ItemState.PUBLISHED
    )
    found = tx.connection.execute(rows).one_or_none()
    return None if found is None else Standing(found.revision, found.stac)


def add(tx: Transaction, collection: str, key: str, revision: str, sequence: int) -> LedgeredItem:
    """Add a revision that somebody answers for: judged, and claimed by us."""
    row = item.insert().values(
        collection=collection,
        key=key,
        revision=revision,
        sequence=sequence,
        state=ItemState.JUDGED,
        created_at=tx.now,
        updated_at=tx.now,
    )
    made = ItemId(tx.connection.execute(row.returning(item.c.id)).scalar_one())
    (claimed,) = items.claim(tx, [ItemState.JUDGED], [made])
    return claimed
