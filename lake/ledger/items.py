"""Item revisions: made of granules, worked towards publication, succeeded by newer ones."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, update

from lake import multihash
from lake.ledger import work
from lake.ledger.ledger import Transaction
from lake.ledger.schema import granule, item, item_granule, offer, offer_granule
from lake.ledger.states import ITEM_MOVES, ItemState, OfferState, may_follow
from lake.ledger.upsert import insert_into
from lake.nouns import Granule, ItemId, OfferId, Window

_DIGEST_ALONE = 16  # hex digits: enough to tell the revisions of one key apart
_DIGEST_AFTER_STAMP = 8


@dataclass(frozen=True, slots=True)
class LedgeredItem:
    """An item revision with its place in the ledger; ``cube`` … ``stac`` as plain JSON."""

    id: ItemId
    collection: str
    key: str
    revision: str
    sequence: int
    state: ItemState
    cube: Any
    verdict: Any
    stac: Any
    created_at: datetime
    published_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Extent:
    """Where and when an item lies: what a search looks at."""

    start: datetime
    end: datetime
    bbox: tuple[float, float, float, float]


def assemble(tx: Transaction, offers: Sequence[OfferId], parts: Iterable[str]) -> list[ItemId]:
    """Make item revisions of landed offers whose item has every one of ``parts``.

    The newest landed offer of each part counts. The same bytes again make no new revision.
    Returns the ids of the revisions that now stand for those offers and are not at an end.
    """
    wanted = frozenset(parts)
    keys = select(offer.c.collection, offer.c.item_key).where(
        offer.c.id.in_(list(offers)), offer.c.state == OfferState.LANDED
    )
    ids = []
    for collection, key in tx.connection.execute(keys.distinct().order_by(offer.c.item_key)):
        members = _newest_members(tx, collection, key)
        if wanted <= {member.granule.part for member in members}:
            ids.append(_revision_of(tx, collection, key, members))
    return [ItemId(i) for i in ids]


def claim(
    tx: Transaction, states: Sequence[ItemState], ids: Sequence[ItemId]
) -> list[LedgeredItem]:
    """Take those of ``ids`` that are free and in one of ``states``."""
    taken = work.claim(tx, item, states, ids)
    return list(_read(tx, select(item).where(item.c.id.in_(taken)).order_by(item.c.id)))


def in_state(tx: Transaction, states: Sequence[ItemState], ids: Sequence[ItemId]) -> list[ItemId]:
    """Return those of ``ids`` that are in one of ``states``."""
    rows = select(item.c.id).where(item.c.id.in_(list(ids)), item.c.state.in_(list(states)))
    return [ItemId(i) for i in tx.connection.execute(rows.order_by(item.c.id)).scalars()]


def unfinished(tx: Transaction, collection: str) -> list[ItemId]:
    """Return the ids of revisions that are on their way, oldest first."""
    on_the_way = (ItemState.ASSEMBLING, ItemState.CONVERTED, ItemState.JUDGED)
    rows = (
        select(item.c.id)
        .where(item.c.collection == collection, item.c.state.in_(on_the_way))
        .order_by(item.c.id)
    )
    return [ItemId(i) for i in tx.connection.execute(rows).scalars()]


def waiting(tx: Transaction, collection: str) -> list[OfferId]:
    """Return landed offers whose bytes are in no item yet: parts to come, or a crash between."""
    used = (
        select(item_granule.c.digest)
        .join(item, item.c.id == item_granule.c.item_id)
        .join(offer_granule, offer_granule.c.digest == item_granule.c.digest)
        .where(
            offer_granule.c.offer_id == offer.c.id,
            item.c.collection == offer.c.collection,
            item.c.key == offer.c.item_key,
        )
    )
    rows = select(offer.c.id).where(
        offer.c.collection == collection, offer.c.state == OfferState.LANDED, ~used.exists()
    )
    return [OfferId(i) for i in tx.connection.execute(rows.order_by(offer.c.id)).scalars()]


def granules_of(tx: Transaction, row: ItemId) -> list[Granule]:
    """Return the granules that an item revision is made of, in the order of their parts."""
    joined = (
        select(granule, item_granule.c.part, item_granule.c.source)
        .join(item_granule, item_granule.c.digest == granule.c.digest)
        .where(item_granule.c.item_id == row)
        .order_by(item_granule.c.part, granule.c.digest)
    )
    return [
        Granule(r.digest, r.size, r.media_type, r.location, r.part, r.source)
        for r in tx.connection.execute(joined)
    ]


def move(
    tx: Transaction, row: ItemId, before: ItemState, after: ItemState, **values: object
) -> None:
    """Move a claimed revision on. Raises LostClaim where it is another's by now."""
    may_follow(ITEM_MOVES, before, after)
    work.move(tx, item, row, before, after, **values)


def fail(tx: Transaction, row: ItemId, before: ItemState, reason: str) -> None:
    """Note that it did not work this time."""
    work.fail(tx, item, row, before, reason)


def publish(tx: Transaction, row: LedgeredItem, stac: object, extent: Extent) -> bool:
    """Publish a claimed revision and supersede the older ones of its key.

    Returns False where a newer revision is out already: then this one is superseded at once
    and nothing is to be signalled.
    """
    west, south, east, north = extent.bbox
    newest = tx.connection.execute(
        select(func.max(item.c.sequence)).where(
            item.c.collection == row.collection,
            item.c.key == row.key,
            item.c.state == ItemState.PUBLISHED,
        )
    ).scalar()
    is_newest = newest is None or newest < row.sequence
    move(
        tx,
        row.id,
        ItemState.JUDGED,
        ItemState.PUBLISHED if is_newest else ItemState.SUPERSEDED,
        stac=stac,
        start_at=extent.start,
        end_at=extent.end,
        west=west,
        south=south,
        east=east,
        north=north,
        published_at=tx.now,
    )
    if is_newest:
        older = update(item).where(
            item.c.collection == row.collection,
            item.c.key == row.key,
            item.c.state == ItemState.PUBLISHED,
            item.c.id != row.id,
        )
        tx.connection.execute(older.values(state=ItemState.SUPERSEDED, updated_at=tx.now))
    return is_newest


def window_of(tx: Transaction, row: LedgeredItem) -> Window:
    """Return the time that the offers of an item span."""
    span = select(
        func.min(offer.c.start_at, type_=offer.c.start_at.type),
        func.max(offer.c.end_at, type_=offer.c.end_at.type),
    ).where(offer.c.collection == row.collection, offer.c.item_key == row.key)
    start, end = tx.connection.execute(span).one()
    return Window(start, end)


def first_published(tx: Transaction, collection: str, key: str) -> datetime | None:
    """Return when the first revision of an item came out; None where none has."""
    first = select(func.min(item.c.published_at, type_=item.c.published_at.type)).where(
        item.c.collection == collection, item.c.key == key
    )
    return tx.connection.execute(first).scalar()


def published(tx: Transaction, collection: str | None = None) -> list[LedgeredItem]:
    """Return the revisions that are out, ordered by collection and key."""
    rows = select(item).where(item.c.state == ItemState.PUBLISHED)
    if collection is not None:
        rows = rows.where(item.c.collection == collection)
    return list(_read(tx, rows.order_by(item.c.collection, item.c.key)))


@dataclass(frozen=True, slots=True)
class _Member:
    """A granule that counts for an item, and the stamp of the offer that it came by."""

    granule: Granule
    stamp: str


def revision_name(granules: Sequence[Granule], stamps: Sequence[str]) -> str:
    """Return the name of the revision that these granules make.

    It is the digest of the content, led by the newest of the provider's stamps where every part
    has one: ``20240102T030405Z-6f1c09aa``. The digest stays in it, since providers have been seen
    to change bytes under an old stamp.
    """
    named = sorted(f"{g.part} {g.digest}" for g in granules)
    digest = multihash.of_parts(named)[len(multihash.SHA2_256) :]
    if not all(stamps):
        return digest[:_DIGEST_ALONE]
    compact = re.sub(r"\.\d+|[^0-9A-Za-z]", "", max(stamps).replace("+00:00", "Z"))
    return f"{compact}-{digest[:_DIGEST_AFTER_STAMP]}"


def _newest_members(tx: Transaction, collection: str, key: str) -> list[_Member]:
    """Return, for each part of an item, the granules of its newest landed offer."""
    rows = (
        select(granule, offer.c.part, offer.c.stamp, offer.c.id, offer_granule.c.source)
        .join(offer_granule, offer_granule.c.digest == granule.c.digest)
        .join(offer, offer.c.id == offer_granule.c.offer_id)
        .where(
            offer.c.collection == collection,
            offer.c.item_key == key,
            offer.c.state == OfferState.LANDED,
        )
        .order_by(offer.c.part, offer.c.stamp.desc(), offer.c.id.desc(), granule.c.digest)
    )
    newest: dict[str, int] = {}
    return [
        _Member(Granule(r.digest, r.size, r.media_type, r.location, r.part, r.source), r.stamp)
        for r in tx.connection.execute(rows)
        if newest.setdefault(r.part, r.id) == r.id
    ]


def _revision_of(tx: Transaction, collection: str, key: str, members: Sequence[_Member]) -> int:
    """Return the id of the revision that these granules make; it is added where it is new."""
    granules = [member.granule for member in members]
    known = _revision_with(tx, collection, key, {(g.part, g.digest) for g in granules})
    if known is not None:
        return known
    sequence = _next_sequence(tx, collection, key)
    name = revision_name(granules, [member.stamp for member in members])
    added = insert_into(tx, item).values(
        collection=collection,
        key=key,
        revision=name if not _is_named(tx, collection, key, name) else f"{name}.{sequence}",
        sequence=sequence,
        state=ItemState.ASSEMBLING,
        created_at=tx.now,
        updated_at=tx.now,
    )
    row = tx.connection.execute(added.returning(item.c.id)).scalar_one()
    links = [
        {"item_id": row, "digest": g.digest, "part": g.part, "source": g.source} for g in granules
    ]
    tx.connection.execute(item_granule.insert(), links)
    return int(row)


def _revision_with(
    tx: Transaction, collection: str, key: str, content: set[tuple[str, str]]
) -> int | None:
    """Return the newest revision if its content is just this: the same bytes are no news."""
    rows = (
        select(item.c.id, item_granule.c.part, item_granule.c.digest)
        .join(item_granule, item_granule.c.item_id == item.c.id)
        .where(item.c.collection == collection, item.c.key == key)
        .where(item.c.sequence == _next_sequence(tx, collection, key) - 1)
    )
    found = list(tx.connection.execute(rows))
    if {(r.part, r.digest) for r in found} != content:
        return None
    return int(found[0].id)


def _is_named(tx: Transaction, collection: str, key: str, revision: str) -> bool:
    """Return True where a revision of that name is there: content that came back after another."""
    rows = select(item.c.id).where(
        item.c.collection == collection, item.c.key == key, item.c.revision == revision
    )
    return tx.connection.execute(rows).first() is not None


def _next_sequence(tx: Transaction, collection: str, key: str) -> int:
    highest = select(func.max(item.c.sequence)).where(
        item.c.collection == collection, item.c.key == key
    )
    return int(tx.connection.execute(highest).scalar() or 0) + 1


def _read(tx: Transaction, rows: Select[Any]) -> Iterable[LedgeredItem]:
    for row in tx.connection.execute(rows):
        yield _ledgered(row)


def _ledgered(r: Row[Any]) -> LedgeredItem:
    return LedgeredItem(
        id=ItemId(r.id),
        collection=r.collection,
        key=r.key,
        revision=r.revision,
        sequence=r.sequence,
        state=ItemState(r.state),
        cube=r.cube,
        verdict=r.verdict,
        stac=r.stac,
        created_at=r.created_at,
        published_at=r.published_at,
        reason=r.reason,
    )
