"""What a house knows and holds after a harvest: read from its ledger and from its lake."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from sqlalchemy import func, select

from inlet.house import House
from lake.ledger.ledger import Ledger
from lake.ledger.schema import granule, item, offer, offer_granule, window
from lake.ledger.states import ItemState, OfferState
from lake.multihash import SHA2_256

Landed = Mapping[str, frozenset[str]]
"""The digests that landed, by the provider's own id."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What became of everything. ``reasons`` are those of offers that did not land, by id.

    ``remarks`` are the reasons why items of offers that landed did not come out, by the same id.
    ``doubts`` are the reasons of windows that are not accounted for; ``doubled`` the ids that
    landed more than once; ``torn`` the files whose content is not what their name says;
    ``orders`` and ``duplicates`` count the orders that left, as the ledger has it.
    """

    landed: Landed
    reasons: Mapping[str, str]
    doubts: tuple[str, ...]
    doubled: tuple[str, ...]
    torn: tuple[str, ...]
    leftovers: tuple[str, ...]
    remarks: Mapping[str, str]
    orders: int
    duplicates: int


def gathered(house: House, collection: str, since_window: int = 0) -> Evidence:
    """Read what a house knows of a collection and what lies in its lake.

    Doubts are those of windows that were recorded after ``since_window``.
    """
    lake = Path(house.settings.lake_url)
    landed, doubled = _landed(house.ledger, collection)
    reasons, orders, duplicates = _offers(house.ledger, collection)
    return Evidence(
        landed,
        reasons,
        _doubts(house.ledger, collection, since_window),
        doubled,
        torn_files(lake),
        leftovers(lake),
        _remarks(house.ledger, collection),
        orders,
        duplicates,
    )


def torn_files(lake: Path) -> tuple[str, ...]:
    """Return the files below ``granules/`` that are not named by the digest of their content."""
    files = [path for path in (lake / "granules").rglob("*") if path.is_file()]
    return tuple(str(f.relative_to(lake)) for f in files if not _is_its_digest(f))


def leftovers(lake: Path) -> tuple[str, ...]:
    """Return what lies in the lake and is no granule, cube, or transfer to be gone on with."""
    staging = lake / ".staging"
    left = list(staging.iterdir()) if staging.is_dir() else []
    return tuple(str(path.relative_to(lake)) for path in left)


def _is_its_digest(file: Path) -> bool:
    with file.open("rb") as opened:
        return file.name.startswith(SHA2_256 + file_digest(opened, "sha256").hexdigest())


def _landed(ledger: Ledger, collection: str) -> tuple[dict[str, frozenset[str]], tuple[str, ...]]:
    rows = (
        select(offer.c.native_id, offer.c.id, granule.c.digest)
        .join(offer_granule, offer_granule.c.offer_id == offer.c.id)
        .join(granule, granule.c.digest == offer_granule.c.digest)
        .where(offer.c.collection == collection, offer.c.state == OfferState.LANDED)
    )
    digests: dict[str, set[str]] = {}
    holders: dict[str, set[int]] = {}
    with ledger.begin() as tx:
        for native_id, row, digest in tx.connection.execute(rows):
            digests.setdefault(native_id, set()).add(digest)
            holders.setdefault(native_id, set()).add(row)
    doubled = tuple(sorted(name for name, rows in holders.items() if len(rows) > 1))
    return {name: frozenset(came) for name, came in digests.items()}, doubled


def _offers(ledger: Ledger, collection: str) -> tuple[dict[str, str], int, int]:
    rows = select(offer.c.native_id, offer.c.state, offer.c.reason).where(
        offer.c.collection == collection,
        offer.c.reason.is_not(None),
        offer.c.state != OfferState.LANDED,
    )
    counted = select(func.sum(offer.c.orders), func.sum(offer.c.duplicates)).where(
        offer.c.collection == collection
    )
    with ledger.begin() as tx:
        reasons = {n: f"{state}: {why}" for n, state, why in tx.connection.execute(rows)}
        orders, duplicates = tx.connection.execute(counted).one()
    return reasons, orders or 0, duplicates or 0


def _remarks(ledger: Ledger, collection: str) -> dict[str, str]:
    """Return why offers that landed did not come out as items, where they were converted."""
    rows = (
        select(offer.c.native_id, item.c.state, item.c.reason)
        .join(item, (item.c.collection == offer.c.collection) & (item.c.key == offer.c.item_key))
        .where(
            offer.c.collection == collection,
            offer.c.state == OfferState.LANDED,
            item.c.state.in_([ItemState.INVALID, ItemState.QUARANTINED, ItemState.FAILED]),
            item.c.reason.is_not(None),
        )
    )
    with ledger.begin() as tx:
        return {n: f"item {state}: {why}" for n, state, why in tx.connection.execute(rows)}


def last_window(ledger: Ledger) -> int:
    """Return the number of the last window that was recorded."""
    with ledger.begin() as tx:
        return tx.connection.execute(select(func.max(window.c.id))).scalar() or 0


def _doubts(ledger: Ledger, collection: str, since_window: int) -> tuple[str, ...]:
    """Return why windows are not accounted for."""
    rows = select(window.c.reason).where(
        window.c.collection == collection,
        window.c.id > since_window,
        window.c.is_accounted.is_(False),
    )
    with ledger.begin() as tx:
        return tuple(reason or "not accounted for" for (reason,) in tx.connection.execute(rows))
