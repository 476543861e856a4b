"""Ledger ↔ lake: are the bytes there that the ledger names, and only those?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest

from inlet import places
from inlet.census.gaps import Gap, Kind
from inlet.house import House
from lake.ledger import survey
from lake.ledger.states import ItemState
from lake.ledger.survey import ItemFacts, OfferFacts
from lake.multihash import SHA2_256
from lake.nouns import Granule, Window
from lake.store import Store

_WITH_CUBE = frozenset({ItemState.CONVERTED, ItemState.JUDGED, ItemState.PUBLISHED})


@dataclass(frozen=True, slots=True)
class Lake:
    """One collection's part of the lake. ``deep`` reads every byte."""

    house: House
    collection: str
    window: Window
    deep: bool

    def torn(self) -> Iterator[Gap]:
        """Give landed offers and cubes whose bytes are absent, or others than the ledger says."""
        ledger, name, window = self.house.ledger, self.collection, self.window
        for page in survey.paged(
            ledger, lambda tx, after: survey.landed_after(tx, name, window, after)
        ):
            with ledger.begin() as tx:
                granules = survey.granules_of(tx, [offer.id for offer in page])
            for offer in page:
                yield from self._torn_granules(offer, granules.get(offer.id, []))
        for revisions in survey.paged(
            ledger, lambda tx, after: survey.items_after(tx, name, window, after)
        ):
            for item in revisions:
                if item.state in _WITH_CUBE:
                    yield from self._torn_cube(item)

    def orphaned(self, older_than: datetime) -> Iterator[Gap]:
        """Give what nothing names; younger things may be on their way into the ledger."""
        yield from self._granules(older_than)
        yield from self._cubes(older_than)

    def _torn_granules(self, offer: OfferFacts, granules: Sequence[Granule]) -> Iterator[Gap]:
        for granule in granules:
            wrong = _wrong_size(self.house.store, granule.location, granule.size)
            if wrong is None and self.deep:
                wrong = _wrong_digest(granule.digest, self._digest(granule.location))
            if wrong is not None:
                yield Gap(
                    Kind.TORN,
                    f"{offer.item_key}/{offer.part}",
                    f"{granule.location}: {wrong}",
                    offer.window,
                    offer=offer.id,
                    key=granule.location,
                )

    def _torn_cube(self, item: ItemFacts) -> Iterator[Gap]:
        place, size = item.cube["location"], item.cube["size"]
        wrong = _wrong_size(self.house.store, place, size)
        if wrong is None and self.deep:
            wrong = _wrong_digest(item.cube["digest"], _sealed(self.house.store.url(place)))
        if wrong is not None:
            detail = f"{place}: {wrong}"
            yield Gap(
                Kind.TORN, item.key, detail, self.window, item=item.id, state=item.state, key=place
            )

    def _digest(self, key: str) -> str:
        with self.house.store.local(key) as path, path.open("rb") as opened:
            return SHA2_256 + file_digest(opened, "sha256").hexdigest()

    def _granules(self, older_than: datetime) -> Iterator[Gap]:
        root = f"granules/{self.collection}"
        for shard in self.house.store.below(root):
            keys = [f"{root}/{shard}/{name}" for name in self.house.store.below(f"{root}/{shard}")]
            for page in _cut(keys):
                with self.house.ledger.begin() as tx:
                    named = survey.named_granules(tx, page)
                yield from self._unnamed([k for k in page if k not in named], older_than)

    def _cubes(self, older_than: datetime) -> Iterator[Gap]:
        root = f"cubes/{self.collection}"
        for key in self.house.store.below(root):
            with self.house.ledger.begin() as tx:
                known = survey.revisions(tx, self.collection, key)
            names = self.house.store.below(f"{root}/{key}")
            unnamed = [f"{root}/{key}/{name}" for name in names if _revision(name) not in known]
            yield from self._unnamed(unnamed, older_than)

    def _unnamed(self, keys: Sequence[str], older_than: datetime) -> Iterator[Gap]:
        for key in keys:
            found = self.house.store.look(key)
            if found is not None and found.modified <= older_than:
                detail = f"{found.size} bytes that the ledger does not name"
                yield Gap(Kind.ORPHANED, key, detail, key=key)


def _wrong_size(store: Store, key: str, size: int) -> str | None:
    found = store.look(key)
    if found is None:
        return f"expected {size} bytes, nothing is there"
    return None if found.size == size else f"expected {size} bytes, came {found.size}"


def _wrong_digest(expected: str, came: str) -> str | None:
    return None if came == expected else f"expected the digest {expected}, came {came}"


def _sealed(url: str) -> str:
    from transforms.writers.target import Target  # noqa: PLC0415 - zarr weighs half a second

    return Target(url).seal().digest


def _revision(name: str) -> str:
    for suffix in places.OF_A_REVISION:
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def _cut(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), survey.PAGE):
        yield keys[start : start + survey.PAGE]
