"""Makers of the things that tests begin with."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lake import multihash
from lake.ledger import offers
from lake.ledger.ledger import Ledger, Transaction
from lake.ledger.states import OfferState
from lake.nouns import Granule, Offer, OfferId, Window

NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


class StillClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now: datetime = NEW_YEAR) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **of: float) -> None:
        self.now += timedelta(**of)


def a_ledger(place: Path | str, clock: StillClock | None = None, owner: str = "test") -> Ledger:
    """A ledger at a URL, or on SQLite in a directory."""
    url = place if isinstance(place, str) else f"sqlite:///{place / 'ledger.db'}"
    return Ledger.open(url, clock or StillClock(), owner)


def a_day(offset: int = 0) -> Window:
    start = NEW_YEAR + timedelta(days=offset)
    return Window(start, start + timedelta(days=1))


def an_offer(
    native_id: str = "n1",
    *,
    collection: str = "era5",
    part: str = "main",
    item_key: str = "era5-20240101",
    stamp: str | None = None,
    provider: str = "cds",
) -> Offer:
    return Offer(collection, provider, native_id, stamp, part, item_key, a_day(), False, "{}")


def a_granule(content: str = "bytes", part: str = "main") -> Granule:
    digest = multihash.of_bytes(content.encode())
    return Granule(digest, len(content), "application/wmo-GRIB2", f"granules/{digest}", part, "s")


def landed(tx: Transaction, offer: Offer, granules: Sequence[Granule]) -> OfferId:
    """Take an offer the whole way to landed."""
    offers.record(tx, [offer])
    row = offers.unfinished(tx, offer.collection)[-1]
    offers.claim(tx, [OfferState.DISCOVERED], [row])
    offers.move(tx, row, OfferState.DISCOVERED, OfferState.READY)
    offers.claim(tx, [OfferState.READY], [row])
    offers.land(tx, row, granules)
    return row
