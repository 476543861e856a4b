"""Assembling: landed granules become item revisions, each once, whoever asks how often."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from lake import multihash
from lake.ledger import items
from lake.ledger.alone import alone
from lake.ledger.ledger import Transaction
from lake.ledger.schema import granule, item, item_granule, offer, offer_granule
from lake.ledger.stamps import age
from lake.ledger.states import ItemState, OfferState
from lake.ledger.upsert import insert_into
from lake.ledger.withdrawals import NOT_LISTED
from lake.nouns import Granule, ItemId, OfferId

_DIGEST_ALONE = 16  # hex digits: enough to tell the revisions of one key apart
_DIGEST_AFTER_STAMP = 8


def assemble(tx: Transaction, offers: Sequence[OfferId], parts: Iterable[str]) -> list[ItemId]:
    """Make item revisions of landed offers whose item has every one of ``parts``.

    The newest landed offer of each part counts. The same bytes again make no new revision.
    Returns the ids of the revisions that now stand for those offers and are not at an end.
    """
    wanted = frozenset(parts)
    keys = select(offer.c.collection, offer.c.item_key).where(
        offer.c.id.in_(list(offers)), offer.c.state == OfferState.LANDED
    )
    found = [
        tuple(row) for row in tx.connection.execute(keys.distinct().order_by(offer.c.item_key))
    ]
    for collection in sorted({collection for collection, _ in found}):
        alone(
            tx.connection, items.lock_of(collection)
        )  # else two do not see each other's revisions
    ids = []
    for collection, key in found:
        members = _newest_members(tx, collection, key)
        if wanted <= {member.granule.part for member in members}:
            ids.append(_revision_of(tx, collection, key, members))
    return [ItemId(i) for i in ids]


def waiting(tx: Transaction, collection: str) -> list[OfferId]:
    """Return landed offers whose bytes are in no item yet: parts to come, or a crash between.

    An item that was withdrawn while no provider listed it is none.
    """
    used = (
        select(item_granule.c.digest)
        .join(item, item.c.id == item_granule.c.item_id)
        .join(offer_granule, offer_granule.c.digest == item_granule.c.digest)
        .where(
            offer_granule.c.offer_id == offer.c.id,
            item.c.collection == offer.c.collection,
            item.c.key == offer.c.item_key,
            or_(
                item.c.state != ItemState.WITHDRAWN,
                func.coalesce(item.c.reason, "").not_like(f"%{NOT_LISTED}%"),
            ),
        )
    )
    rows = select(offer.c.id).where(
        offer.c.collection == collection, offer.c.state == OfferState.LANDED, ~used.exists()
    )
    return [OfferId(i) for i in tx.connection.execute(rows.order_by(offer.c.id)).scalars()]


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
    compact = re.sub(r"\.\d+|[^0-9A-Za-z]", "", max(stamps, key=age).replace("+00:00", "Z"))
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
        .order_by(offer.c.part, granule.c.digest)
    )
    found = list(tx.connection.execute(rows))
    newest = {r.part: r.id for r in sorted(found, key=lambda r: (age(r.stamp), r.id))}
    return [
        _Member(Granule(r.digest, r.size, r.media_type, r.location, r.part, r.source), r.stamp)
        for r in found
        if newest[r.part] == r.id
    ]


def _revision_of(tx: Transaction, collection: str, key: str, members: Sequence[_Member]) -> int:
    """Return the id of the revision that these granules make; it is added where it is new."""
    granules = [member.granule for member in members]
    known = _revision_with(tx, collection, key, {(g.part, g.digest) for g in granules})
    if known is not None:
        return known
    sequence = items.next_sequences(tx, collection, [key])[key]
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
    """Return the newest revision if its content is just this: the same bytes are no news.

    They are where the provider lists again what it listed no more.
    """
    rows = (
        select(item.c.id, item.c.state, item.c.reason, item_granule.c.part, item_granule.c.digest)
        .join(item_granule, item_granule.c.item_id == item.c.id)
        .where(item.c.collection == collection, item.c.key == key)
        .where(item.c.sequence == items.next_sequences(tx, collection, [key])[key] - 1)
    )
    found = list(tx.connection.execute(rows))
    if {(r.part, r.digest) for r in found} != content:
        return None
    newest = found[0]
    if newest.state == ItemState.WITHDRAWN and NOT_LISTED in (newest.reason or ""):
        return None
    return int(newest.id)


def _is_named(tx: Transaction, collection: str, key: str, revision: str) -> bool:
    """Return True where a revision of that name is there: content that came back after another."""
    rows = select(item.c.id).where(
        item.c.collection == collection, item.c.key == key, item.c.revision == revision
    )
    return tx.connection.execute(rows).first() is not None
