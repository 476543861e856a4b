"""How many fields were ordered for an item: what its cube is held against."""

from sqlalchemy import select

from lake.ledger.ledger import Transaction
from lake.ledger.schema import item, item_granule, offer, offer_granule
from lake.ledger.states import OfferState
from lake.nouns import ItemId


def fields_planned(tx: Transaction, row: ItemId) -> int | None:
    """Return how many fields the offers of an item's granules asked for.

    None where that is not known of each of them, so that the sum would say too little.
    """
    rows = (
        select(offer.c.part, offer.c.id, offer.c.fields_planned)
        .distinct()
        .join(offer_granule, offer_granule.c.offer_id == offer.c.id)
        .join(item_granule, item_granule.c.digest == offer_granule.c.digest)
        .join(item, item.c.id == item_granule.c.item_id)
        .where(
            item.c.id == row,
            offer.c.collection == item.c.collection,
            offer.c.item_key == item.c.key,
            offer.c.part == item_granule.c.part,
            offer.c.state == OfferState.LANDED,
        )
        .order_by(offer.c.part, offer.c.id)
    )
    newest: dict[str, int | None] = {
        part: planned for part, _, planned in tx.connection.execute(rows)
    }
    known = [planned for planned in newest.values() if planned is not None]
    return sum(known) if known and len(known) == len(newest) else None
