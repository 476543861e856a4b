"""What a consumer has had already: an event that comes again is known by its id."""

from collections.abc import Sequence

from lake.ledger.ledger import Transaction
from lake.ledger.schema import inbox
from lake.ledger.upsert import insert_into


def fresh(tx: Transaction, consumer: str, event_ids: Sequence[str]) -> list[str]:
    """Note that these came to ``consumer``; return those that came for the first time."""
    found = []
    for event in dict.fromkeys(event_ids):
        row = insert_into(tx, inbox).values(
            consumer=consumer, event_id=event, received_at=tx.now
        )
        if tx.connection.execute(row.on_conflict_do_nothing()).rowcount == 1:
            found.append(event)
    return found
