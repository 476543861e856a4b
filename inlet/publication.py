"""Judged items out: STAC item, state and signal in one transaction; and back again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog

from catalog.assets import Attachment, GrowingCube, data_docs, quality_report
from catalog.described import Pair
from catalog.errors import Contended, InvalidStac, NotPublished
from catalog.item import Identity, Stamps, describe
from catalog.publisher import publish, restore, retract
from catalog.succession import Manner, Outcome, Result, Retraction
from inlet import documents, evidence, pictures, places
from inlet.house import House
from lake.errors import LostClaim
from lake.ledger import items, quarantine, revisions
from lake.ledger.items import LedgeredItem
from lake.ledger.states import ItemState
from lake.ledger.withdrawals import NOT_LISTED
from lake.nouns import Item, ItemId, Waiver

log = structlog.get_logger(__name__)


def publish_items(house: House, ids: Sequence[ItemId]) -> None:
    """Publish those of these items that are judged and free, together.

    One that cannot be published fails with its reason and holds up no other.
    """
    with house.ledger.begin() as tx:
        claimed = items.claim(tx, [ItemState.JUDGED], ids)
    if not claimed:
        return
    batch = [pair for row in claimed if (pair := _pair(house, row))]
    try:
        outcomes = publish(house.ledger, house.publisher, batch)
    except Contended as contended:
        outcomes = tuple(Outcome(row.id, Result.REFUSED, contended) for row, _ in batch)
    for outcome in outcomes:
        _note(house, outcome)


def heed_withdrawals(house: House) -> None:
    """Retract, as each collection says, the items that no provider offers any more.

    What was kept in spite of that, and is offered again, is restored.
    """
    for name, collection in house.portfolio.collections.items():
        with house.ledger.begin() as tx:
            gone, back = revisions.bereft(tx, name), revisions.relisted(tx, name)
        manner = Manner(collection.on_withdrawal)
        for row in gone:
            retraction = Retraction(manner, NOT_LISTED, "provider", row.revision)
            with _noted(row, "An item was not retracted"):
                retract(house.ledger, house.publisher, name, row.key, retraction)
        for row in back:
            with _noted(row, "An item was not restored"):
                restore(house.ledger, house.publisher, row)


@contextmanager
def _noted(row: LedgeredItem, said: str) -> Iterator[None]:
    """Say in the log that an item was left as it is, where others were in the way."""
    try:
        yield
    except (NotPublished, Contended) as why:
        log.warning(said, item=row.id, why=str(why))


def _pair(house: House, row: LedgeredItem) -> Pair | None:
    """Return an item with its description, or None where that breaks a rule, which is noted."""
    item = _described(house, row)
    try:
        if house.extensions is not None:
            house.extensions.check(item.stac)
    except InvalidStac as why:
        _note(house, Outcome(row.id, Result.REFUSED, why))
        return None
    return row, item


def _note(house: House, outcome: Outcome) -> None:
    if isinstance(outcome.why, LostClaim):
        log.warning("An item was left to its new owner", item=outcome.id, why=str(outcome.why))
    elif outcome.why is not None:
        reason = f"{type(outcome.why).__name__}: {outcome.why}"
        with house.ledger.begin() as tx:
            items.fail(tx, outcome.id, ItemState.JUDGED, reason)


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
    picture = pictures.of_item(house, item)
    return [*pages, picture] if picture else pages


def _described(house: House, item: LedgeredItem) -> Item:
    waiver = _waiver(house, item)
    beside = _attachments(house, item)
    with house.ledger.begin() as tx:
        created = items.first_published(tx, item.collection, [item.key]).get(item.key)
        return describe(
            Identity(item.collection, item.key, item.revision),
            documents.to_cube(item.cube),
            documents.to_verdict(item.verdict),
            items.granules_of(tx, item.id),
            window=items.window_of(tx, item),
            stamps=Stamps(created=created or tx.now, published=tx.now),
            href=house.store.url,
            attachments=beside,
            waiver=waiver,
            growing=_growing(item),
            outside=item.outside,
            endpoint=house.store.endpoint,
        )


def _growing(item: LedgeredItem) -> GrowingCube | None:
    if item.snapshot is None:
        return None
    return GrowingCube(places.growing_cube(item.collection), item.snapshot)
