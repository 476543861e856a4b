"""One judged item out: STAC item, state and signal in one transaction."""

import structlog

from catalog.assets import Attachment, GrowingCube, data_docs, quality_report
from catalog.errors import CatalogError
from catalog.item import Identity, Stamps, describe
from catalog.publisher import EmbeddedPublisher
from inlet import documents, evidence, pictures, places
from inlet.house import House
from lake.errors import LostClaim
from lake.ledger import items, quarantine
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Transaction
from lake.ledger.states import ItemState
from lake.nouns import Item, ItemId, Waiver

log = structlog.get_logger(__name__)


def publish_item(house: House, row: ItemId) -> None:
    """Publish a judged item, if it is free; one that is no valid STAC fails with the reason."""
    with house.ledger.begin() as tx:
        claimed = items.claim(tx, [ItemState.JUDGED], [row])
    for item in claimed:
        waiver = _waiver(house, item)
        beside = _attachments(house, item)
        try:
            with house.ledger.begin() as tx:
                EmbeddedPublisher().publish(tx, item, _described(house, tx, item, waiver, beside))
        except LostClaim as lost:
            log.warning("An item was left to its new owner", item=row, why=str(lost))
        except CatalogError as error:
            with house.ledger.begin() as tx:
                items.fail(tx, row, ItemState.JUDGED, f"{type(error).__name__}: {error}")


def _waiver(house: House, item: LedgeredItem) -> Waiver | None:
    """Return what lets an item out that the gate held back, once its report tells of it."""
    verdict = documents.to_verdict(item.verdict)
    if verdict.passed:
        return None
    with house.ledger.begin() as tx:
        release = quarantine.released(tx, item.id)
    waiver = documents.to_waiver(release) if release else None
    evidence.put_report(house, item, verdict, evidence.metrics(house, item), waiver)
    return waiver


def _attachments(house: House, item: LedgeredItem) -> list[Attachment]:
    pages = [quality_report(places.report(item)), data_docs(places.data_docs(item))]
    picture = pictures.draw(house, item, documents.to_cube(item.cube))
    return [*pages, picture] if picture else pages


def _described(
    house: House,
    tx: Transaction,
    item: LedgeredItem,
    waiver: Waiver | None,
    beside: list[Attachment],
) -> Item:
    created = items.first_published(tx, item.collection, item.key) or tx.now
    return describe(
        Identity(item.collection, item.key, item.revision),
        documents.to_cube(item.cube),
        documents.to_verdict(item.verdict),
        items.granules_of(tx, item.id),
        window=items.window_of(tx, item),
        stamps=Stamps(created=created, published=tx.now),
        href=house.store.url,
        attachments=beside,
        waiver=waiver,
        growing=_growing(item),
        outside=item.outside,
    )


def _growing(item: LedgeredItem) -> GrowingCube | None:
    if item.snapshot is None:
        return None
    return GrowingCube(places.growing_cube(item.collection), item.snapshot)
