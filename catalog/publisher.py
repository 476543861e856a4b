"""Publishing: the item, its state and its signal in one transaction, or none of them."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

from catalog import events
from catalog.errors import WrongItem
from catalog.times import from_text
from catalog.validation import check_item
from lake.ledger import items, outbox
from lake.ledger.items import Extent, LedgeredItem
from lake.ledger.ledger import Transaction
from lake.nouns import Item


class Publisher(Protocol):
    """Makes a judged revision public and signals it, within the transaction it is given."""

    def publish(self, tx: Transaction, row: LedgeredItem, item: Item) -> bool:
        """Publish a claimed, judged revision as ``item``; nothing is seen before the commit.

        Returns False where a newer revision is out already: nothing is signalled then.

        Raises:
            InvalidStac: ``item`` does not keep to STAC.
            WrongItem: ``item`` describes another revision than ``row``.
            LostClaim: the row is another's by now.
        """
        ...


@dataclass(frozen=True, slots=True)
class EmbeddedPublisher:
    """Publishes in the ledger itself, which is the catalogue where there is no pgstac."""

    def publish(self, tx: Transaction, row: LedgeredItem, item: Item) -> bool:
        """Publish a claimed, judged revision and append its signal to the outbox."""
        _belong_together(row, item)
        check_item(item.stac)
        stac = json.loads(item.stac)
        is_first = items.first_published(tx, row.collection, row.key) is None
        if not items.publish(tx, row, stac, _extent(stac)):
            return False
        type_ = events.CREATED if is_first else events.UPDATED
        signal = events.item_published(item, type_, tx.now)
        outbox.append(tx, signal)
        return True


def _belong_together(row: LedgeredItem, item: Item) -> None:
    claimed = (row.collection, row.key, row.revision)
    described = (item.collection, item.key, item.revision)
    if claimed != described:
        raise WrongItem(
            f"expected the description of {claimed}, came that of {described}; describe the "
            "revision that was claimed"
        )


def _extent(stac: dict[str, Any]) -> Extent:
    west, south, east, north = stac["bbox"]
    times = stac["properties"]
    return Extent(
        start=from_text(times["start_datetime"]),
        end=from_text(times["end_datetime"]),
        bbox=(west, south, east, north),
    )
