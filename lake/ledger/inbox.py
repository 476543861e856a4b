"""What a consumer has had already: an event that comes again is known by its id."""

from collections.abc import Sequence

from lake.ledger.ledger import Transaction
from lake.ledger.schema import inbox
from lake.ledger.upsert import insert_into


def fresh(tx: Transaction, consumer: str, event_ids: Sequence[str]) -> list[str]:
    """Note that these came to ``consumer``; return those that came for the first time."""
    return [event for event in dict.fromkeys(event_ids) if _is_new(tx, consumer, event)]


def _is_new(tx: Transaction, consumer: str, event: str) -> bool:
    row = insert_into(tx, inbox).values(consumer=consumer, event_id=event, received_at=tx.now)
    noted = row.on_conflict_do_nothing().returning(inbox.c.event_id)
    return tx.connection.execute(noted).first() is not None
