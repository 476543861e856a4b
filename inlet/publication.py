"""One judged item out: STAC item, state and signal in one transaction."""

import structlog

from catalog.assets import quality_report
from catalog.errors import CatalogError
from catalog.item import Identity, Stamps, describe
from catalog.publisher import EmbeddedPublisher
from inlet import documents, places
from inlet.house import House
from lake.errors import LostClaim
from lake.ledger import items
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Transaction
from lake.ledger.states import ItemState
from lake.nouns import Item, ItemId

log = structlog.get_logger(__name__)


def publish_item(house: House, row: ItemId) -> None:
    """Publish a judged item, if it is free; one that is no valid STAC fails with the reason."""
    with house.ledger.begin() as tx:
        claimed = items.claim(tx, [ItemState.JUDGED], [row])
    for item in claimed:
        try:
            with house.ledger.begin() as tx:
                EmbeddedPublisher().publish(tx, item, _described(house, tx, item))
        except LostClaim as lost:
            log.warning("An item was left to its new owner", item=row, why=str(lost))
        except CatalogError as error:
            with house.ledger.begin() as tx:
                items.fail(tx, row, ItemState.JUDGED, f"{type(error).__name__}: {error}")


def _described(house: House, tx: Transaction, item: LedgeredItem) -> Item:
    created = items.first_published(tx, item.collection, item.key) or tx.now
    return describe(
        Identity(item.collection, item.key, item.revision),
        documents.to_cube(item.cube),
        documents.to_verdict(item.verdict),
        items.granules_of(tx, item.id),
        window=items.window_of(tx, item),
        stamps=Stamps(created=created, published=tx.now),
        href=house.store.url,
        attachments=[quality_report(places.report(item))],
    )
