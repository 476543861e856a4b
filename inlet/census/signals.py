"""Catalogue ↔ events: was every published revision told, and sent?"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from catalog import events
from inlet.census.gaps import Gap, Kind
from inlet.house import House
from lake.ledger import survey
from lake.ledger.ledger import Transaction
from lake.ledger.states import ItemState
from lake.ledger.survey import ItemFacts
from lake.nouns import Item, Window

TYPES = (events.CREATED, events.UPDATED)


def event_id(collection: str, found: ItemFacts, type_: str, now: datetime) -> str:
    """Return the id that the event of a revision has, whenever it is written."""
    item = Item(collection, found.key, found.revision, "{}")
    return events.item_published(item, type_, now, found.returns).id


def unsignalled(
    house: House, collection: str, window: Window, older_than: datetime
) -> Iterator[Gap]:
    """Give published revisions without an event, and events not sent since ``older_than``."""
    for page in survey.paged(
        house.ledger, lambda tx, after: survey.items_after(tx, collection, window, after)
    ):
        out = [item for item in page if item.state is ItemState.PUBLISHED]
        with house.ledger.begin() as tx:
            found = list(_of_page(tx, collection, out, older_than))
        yield from found


def _of_page(
    tx: Transaction, collection: str, out: Sequence[ItemFacts], older_than: datetime
) -> Iterator[Gap]:
    ids = {item.id: [event_id(collection, item, t, tx.now) for t in TYPES] for item in out}
    every = [event for events_ in ids.values() for event in events_]
    written = survey.signals(tx, every)
    keys = {event: item.key for item in out for event in ids[item.id]}
    for item in out:
        known = [written[event] for event in ids[item.id] if event in written]
        if not known:
            detail = f"revision {item.revision} is out, and no event was written"
            yield Gap(Kind.UNSIGNALLED, item.key, detail, item=item.id)
        elif any(s.sent_at is None and s.created_at <= older_than for s in known):
            detail = f"the event of revision {item.revision} was not sent"
            yield Gap(Kind.UNSIGNALLED, item.key, detail)
    for event, subscription, reason in survey.dead_deliveries(tx, every):
        yield Gap(Kind.EXCUSED, keys[event], f"{subscription} was not told: {reason}")
