"""How far a collection was harvested from a provider: everything before the mark is accounted for.

The mark counts in the time of publication, or, where a provider cannot be asked for that, in the
time of the data. It moves only forward, unless somebody sets it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from lake.ledger.ledger import Transaction
from lake.ledger.offers import UNFINISHED
from lake.ledger.schema import offer, watermark
from lake.ledger.stamps import moment_of
from lake.ledger.upsert import insert_into
from lake.ledger.windows import PUBLISHED


@dataclass(frozen=True, slots=True)
class Watermark:
    """Where the cursor of a collection stands at a provider; ``by`` is sensing or published."""

    collection: str
    provider: str
    by: str
    position: datetime
    updated_at: datetime


def find(tx: Transaction, collection: str, provider: str) -> Watermark | None:
    """Return where a cursor stands; None where none was set."""
    return next(iter(every(tx, collection, provider)), None)


def every(
    tx: Transaction, collection: str | None = None, provider: str | None = None
) -> list[Watermark]:
    """Return the cursors of one collection, or of all."""
    rows = select(watermark).order_by(watermark.c.collection, watermark.c.provider)
    if collection is not None:
        rows = rows.where(watermark.c.collection == collection)
    if provider is not None:
        rows = rows.where(watermark.c.provider == provider)
    return [
        Watermark(r.collection, r.provider, r.by, r.position, r.updated_at)
        for r in tx.connection.execute(rows)
    ]


def put(tx: Transaction, collection: str, provider: str, by: str, position: datetime) -> None:
    """Set a cursor, backwards too."""
    values = {"by": by, "position": position, "updated_at": tx.now}
    added = insert_into(tx, watermark).values(collection=collection, provider=provider, **values)
    tx.connection.execute(
        added.on_conflict_do_update(index_elements=["collection", "provider"], set_=values)
    )


def oldest_unfinished(tx: Transaction, collection: str, provider: str, by: str) -> datetime | None:
    """Return the time of the first offer that is not at an end; None where all are.

    A cursor must not pass it: what is behind the cursor is not looked for again.
    """
    rows = select(offer.c.start_at, offer.c.stamp, offer.c.created_at).where(
        offer.c.collection == collection,
        offer.c.provider == provider,
        offer.c.state.in_(UNFINISHED),
    )
    found = tx.connection.execute(rows)
    if by == PUBLISHED:
        return min((moment_of(r.stamp) or r.start_at for r in found), default=None)
    return min((r.start_at for r in found), default=None)
