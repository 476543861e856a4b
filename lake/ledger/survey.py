"""What a census asks the ledger: page by page, so that no collection is too large for it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Row, Select, select, tuple_

from lake.ledger.ledger import Ledger, Transaction
from lake.ledger.schema import delivery, granule, item, offer, offer_granule, outbox
from lake.ledger.states import ItemState, OfferState
from lake.nouns import Granule, ItemId, OfferId, Window

PAGE = 500


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


F = TypeVar("F", bound=_Numbered)


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """An offer as a census needs it; ``stamp`` is empty where the provider has none."""

    id: OfferId
    provider: str
    native_id: str
    stamp: str
    part: str
    item_key: str
    window: Window
    needs_order: bool
    state: OfferState
    reason: str | None


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An item revision as a census needs it; ``cube`` is plain JSON.

    ``returns`` is how often it came back after it was out.
    """

    id: ItemId
    key: str
    revision: str
    state: ItemState
    reason: str | None
    cube: Any
    returns: int


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """When an event was written, and when it was sent."""

    created_at: datetime
    sent_at: datetime | None


def paged(ledger: Ledger, fetch: Callable[[Transaction, int], list[F]]) -> Iterator[list[F]]:
    """Give page after page; ``fetch`` returns the rows after an id, in the order of ids."""
    after = 0
    while True:
        with ledger.begin() as tx:
            page = fetch(tx, after)
        if not page:
            return
        yield page
        after = page[-1].id


def landed_after(
    tx: Transaction, collection: str, window: Window, after: int, limit: int = PAGE
) -> list[OfferFacts]:
    """Return landed offers that overlap ``window``, by id."""
    rows = select(offer).where(
        offer.c.collection == collection,
        offer.c.state == OfferState.LANDED,
        _overlaps(window),
        offer.c.id > after,
    )
    return _offers(tx, rows.order_by(offer.c.id).limit(limit))


def taken_after(
    tx: Transaction, collection: str, window: Window, after: int, limit: int = PAGE
) -> list[OfferFacts]:
    """Return offers in ``window`` that have landed once, withdrawn by now or not, by id."""
    bytes_came = select(offer_granule.c.digest).where(offer_granule.c.offer_id == offer.c.id)
    rows = select(offer).where(
        offer.c.collection == collection,
        offer.c.state.in_([OfferState.LANDED, OfferState.WITHDRAWN]),
        _overlaps(window),
        offer.c.id > after,
        bytes_came.exists(),
    )
    return _offers(tx, rows.order_by(offer.c.id).limit(limit))


def known(
    tx: Transaction, collection: str, provider: str, native_ids: Collection[str]
) -> list[OfferFacts]:
    """Return every revision that is known of a provider's products."""
    rows = select(offer).where(
        offer.c.collection == collection,
        offer.c.provider == provider,
        offer.c.native_id.in_(list(native_ids)),
    )
    return _offers(tx, rows.order_by(offer.c.id))


def covering(
    tx: Transaction, collection: str, provider: str, part: str, window: Window
) -> list[OfferFacts]:
    """Return a provider's offers of a part that overlap ``window``, by their begin."""
    rows = select(offer).where(
        offer.c.collection == collection,
        offer.c.provider == provider,
        offer.c.part == part,
        _overlaps(window),
    )
    return _offers(tx, rows.order_by(offer.c.start_at, offer.c.id))


def landed_parts(
    tx: Transaction, collection: str, parts: Collection[tuple[str, str]], besides: str
) -> set[tuple[str, str]]:
    """Return those (item key, part) that have landed from another provider than ``besides``."""
    rows = select(offer.c.item_key, offer.c.part).where(
        offer.c.collection == collection,
        offer.c.provider != besides,
        offer.c.state == OfferState.LANDED,
        tuple_(offer.c.item_key, offer.c.part).in_(list(parts)),
    )
    return {(r.item_key, r.part) for r in tx.connection.execute(rows)}


def offers(tx: Transaction, ids: Sequence[OfferId]) -> list[OfferFacts]:
    """Return these offers, by id."""
    return _offers(tx, select(offer).where(offer.c.id.in_(list(ids))).order_by(offer.c.id))


def of_item(tx: Transaction, collection: str, key: str) -> list[OfferFacts]:
    """Return all offers of an item."""
    rows = select(offer).where(offer.c.collection == collection, offer.c.item_key == key)
    return _offers(tx, rows.order_by(offer.c.id))


def granules_of(tx: Transaction, ids: Sequence[OfferId]) -> dict[OfferId, list[Granule]]:
    """Return the granules of each of these offers, as far as they are kept."""
    rows = (
        select(granule, offer_granule.c.offer_id, offer_granule.c.source)
        .join(offer_granule, offer_granule.c.digest == granule.c.digest)
        .where(offer_granule.c.offer_id.in_(list(ids)), granule.c.removed_at.is_(None))
    )
    found: dict[OfferId, list[Granule]] = {}
    for r in tx.connection.execute(rows):
        bytes_at_rest = Granule(r.digest, r.size, r.media_type, r.location, source=r.source)
        found.setdefault(OfferId(r.offer_id), []).append(bytes_at_rest)
    return found


def items_after(
    tx: Transaction, collection: str, window: Window, after: int, limit: int = PAGE
) -> list[ItemFacts]:
    """Return item revisions that an offer in ``window`` belongs to, by id; not succeeded ones."""
    belongs = select(offer.c.id).where(
        offer.c.collection == collection, offer.c.item_key == item.c.key, _overlaps(window)
    )
    rows = select(item).where(
        item.c.collection == collection,
        item.c.state.not_in([ItemState.SUPERSEDED, ItemState.WITHDRAWN]),
        item.c.id > after,
        belongs.exists(),
    )
    return [
        ItemFacts(ItemId(r.id), r.key, r.revision, ItemState(r.state), r.reason, r.cube, r.returns)
        for r in tx.connection.execute(rows.order_by(item.c.id).limit(limit))
    ]


def named_granules(tx: Transaction, locations: Sequence[str]) -> set[str]:
    """Return those locations that the ledger names."""
    rows = select(granule.c.location).where(granule.c.location.in_(list(locations)))
    return set(tx.connection.execute(rows).scalars())


def revisions(tx: Transaction, collection: str, key: str) -> set[str]:
    """Return the names of all revisions of an item."""
    rows = select(item.c.revision).where(item.c.collection == collection, item.c.key == key)
    return set(tx.connection.execute(rows).scalars())


def published_ids(tx: Transaction, collection: str, ids: Sequence[str]) -> set[str]:
    """Return those ids that are out: keys, and ``key@revision`` of what was succeeded."""
    keys = {key for known in ids for key in (known, known.rpartition("@")[0])}
    rows = select(item.c.key, item.c.revision, item.c.state).where(
        item.c.collection == collection,
        item.c.key.in_(keys),
        item.c.state.in_([ItemState.PUBLISHED, ItemState.SUPERSEDED]),
    )
    found = tx.connection.execute(rows).all()
    newest = {row.key for row in found if row.state == ItemState.PUBLISHED}
    older = {f"{row.key}@{row.revision}" for row in found if row.key in newest}
    return (newest | older) & set(ids)


def was_published_before(tx: Transaction, collection: str, key: str, row: ItemId) -> bool:
    """Return True where an older revision of an item came out."""
    older = select(item.c.id).where(
        item.c.collection == collection,
        item.c.key == key,
        item.c.id < row,
        item.c.published_at.is_not(None),
    )
    return tx.connection.execute(older.limit(1)).first() is not None


def signals(tx: Transaction, event_ids: Sequence[str]) -> dict[str, SignalFacts]:
    """Return those events that were written."""
    rows = select(outbox.c.event_id, outbox.c.created_at, outbox.c.sent_at).where(
        outbox.c.event_id.in_(list(event_ids))
    )
    return {r.event_id: SignalFacts(r.created_at, r.sent_at) for r in tx.connection.execute(rows)}


def dead_deliveries(tx: Transaction, event_ids: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return event, subscription and reason of deliveries that were given up."""
    rows = select(delivery.c.event_id, delivery.c.subscription, delivery.c.reason).where(
        delivery.c.state == "failed", delivery.c.event_id.in_(list(event_ids))
    )
    return [(r.event_id, r.subscription, r.reason or "") for r in tx.connection.execute(rows)]


def _overlaps(window: Window) -> ColumnElement[bool]:
    return (offer.c.start_at < window.end) & (offer.c.end_at > window.start)


def _offers(tx: Transaction, rows: Select[Any]) -> list[OfferFacts]:
    return [_facts(r) for r in tx.connection.execute(rows)]


def _facts(r: Row[Any]) -> OfferFacts:
    return OfferFacts(
        id=OfferId(r.id),
        provider=r.provider,
        native_id=r.native_id,
        stamp=r.stamp,
        part=r.part,
        item_key=r.item_key,
        window=Window(r.start_at, r.end_at),
        needs_order=r.needs_order,
        state=OfferState(r.state),
        reason=r.reason,
    )
