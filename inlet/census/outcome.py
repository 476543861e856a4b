"""Ledger ↔ itself: what has landed and is not out, with the reason or without one."""

from collections.abc import Iterator

from inlet.census.gaps import Gap, Kind
from inlet.house import House
from lake.ledger import assembly, survey
from lake.ledger.ledger import Transaction
from lake.ledger.states import ItemState, OfferState
from lake.ledger.survey import ItemFacts, OfferFacts
from lake.nouns import Window

_ENDS = frozenset({ItemState.INVALID, ItemState.FAILED, ItemState.QUARANTINED})


def unpublished(house: House, collection: str, window: Window) -> Iterator[Gap]:
    """Give item revisions that are not out, and landed offers that are in no item."""
    for page in survey.paged(
        house.ledger, lambda tx, after: survey.items_after(tx, collection, window, after)
    ):
        for item in page:
            if item.state is not ItemState.PUBLISHED:
                yield _not_out(item, window)
    with house.ledger.begin() as tx:
        waiting = survey.offers(tx, assembly.waiting(tx, collection))
        inside = [o for o in waiting if _overlap(o.window, window)]
        found = [_in_no_item(tx, collection, offer) for offer in inside]
    yield from found


def _not_out(item: ItemFacts, window: Window) -> Gap:
    if item.reason or item.state in _ENDS:
        reason = item.reason or f"it ended as {item.state}"
        return Gap(Kind.EXCUSED, item.key, reason, item=item.id)
    detail = f"revision {item.revision} is {item.state}, not published"
    return Gap(Kind.UNPUBLISHED, item.key, detail, window, item=item.id)


def _in_no_item(tx: Transaction, collection: str, offer: OfferFacts) -> Gap:
    """Return why a landed offer waits: a part that has its reason excuses the others."""
    parts = survey.of_item(tx, collection, offer.item_key)
    for other in parts:
        if other.state is not OfferState.LANDED and other.reason:
            reason = f"its item lacks {other.part}: {other.reason}"
            return Gap(Kind.EXCUSED, offer.native_id, reason, offer=offer.id)
    detail = f"item {offer.item_key} has {', '.join(sorted({p.part for p in parts}))} only"
    return Gap(Kind.UNPUBLISHED, offer.native_id, detail, offer.window, offer=offer.id)


def _overlap(one: Window, other: Window) -> bool:
    return one.start < other.end and one.end > other.start
