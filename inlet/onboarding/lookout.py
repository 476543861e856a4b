"""What one collection of a draft lists: its newest data, its pages, and the offers of a sample."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from harvesters.gateway import Product
from harvesters.offering import offers_of
from harvesters.verdicts import Judged
from inlet.collection import Collection
from inlet.house import House
from inlet.onboarding import cadence
from inlet.onboarding.findings import Cadence, Outcome, Said
from inlet.onboarding.listings import Listings
from lake.nouns import Offer, Window

_A_DAY = timedelta(days=1)
_SETTLED_DAYS = 30  # how old data are surely there, where only orders can tell


@dataclass
class Lookout:
    """Looks at the first source of a collection. Each step may rely on those before it.

    ``around`` is a day of which there are data, where somebody knows one.
    """

    house: House
    collection: Collection
    around: datetime | None = None
    page_size: int = 5
    product: Product | None = None
    seen: dict[str, Product] = field(default_factory=dict)

    @property
    def takes_orders(self) -> bool:
        """Return whether its data have to be ordered."""
        source = self.collection.sources[0]
        return any(self.house.gateway.ways(source, part).takes_orders for part in source.parts)

    def search(self) -> Said:
        """Find the newest data of the first part of its first source."""
        if self.takes_orders:
            return self._planned()
        listings = self._listings()
        if self.around is None:
            self.product = listings.newest(self.house.ledger.clock())
        else:
            listings.judged(Window(self.around, self.around + _A_DAY))
            self.product = next(iter(listings.products.values()), None)
        self.seen |= listings.products
        if self.product is None:
            remedy = "check the collection's name, or name a day of which there are data"
            return Said("the search works and finds nothing", remedy, Outcome.BAD)
        return Said(f"newest: {self.product.title}, data of {_day(self.product.window.start)}")

    def paging(self) -> Said:
        """Read a few pages as harvests do, and hold what came against what was stated."""
        if self.takes_orders:
            return Said("nothing is listed: its orders are planned here")
        listings = self._listings()
        anchor = self._sample().window
        if listings.ways.is_whole:
            return self._walked(listings, anchor)
        window = listings.stretch(anchor.end, self.page_size)
        judged = listings.judged(window)
        self.seen |= listings.products
        return _paging_said(judged, listings.pages)

    def cadence(self) -> Cadence:
        """Return how often and how late its data come."""
        is_listed = bool(self.seen) and not self.takes_orders
        return cadence.of(self.collection.id, self.seen.values() if is_listed else ())

    def offers(self) -> list[Offer]:
        """Return the offers that make the sample's item, one for each part."""
        source, chosen = self.collection.sources[0], []
        key: str | None = None
        for part in source.parts:
            found = self._offers_of(part)
            mine = [o for o in found if key in {None, o.item_key}][:1]
            key = mine[0].item_key if mine else key
            chosen += mine
        return chosen

    def _planned(self) -> Said:
        now = self.house.ledger.clock()
        at = self.around or now - timedelta(days=_SETTLED_DAYS)
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        source = self.collection.sources[0]
        for part in source.parts:
            pages = self.house.gateway.search(source, part, Window(day, day + _A_DAY))
            products = next(iter(pages)).products
            self.seen |= {f"{part}/{p.native_id}": p for p in products[:1]}
            self.product = self.product or next(iter(products), None)
        if self.product is None:
            remedy = "name what to order in the collection's `queries`"
            return Said("no order could be planned", remedy, Outcome.BAD)
        asked = self.product.fields
        return Said(f"an order of {_day(day)} is planned, {asked or 'unknown'} fields")

    def _walked(self, listings: Listings, window: Window) -> Said:
        is_all = listings.walked(window)
        self.seen |= listings.products
        count = len(listings.products)
        if is_all:
            return Said(f"a catalogue of files, walked to its end: {count} items")
        return Said(f"a catalogue of files: {count} items read, and there are more")

    def _offers_of(self, part: str) -> Sequence[Offer]:
        source, sample = self.collection.sources[0], self._sample()
        planned = [p for name, p in self.seen.items() if name.startswith(f"{part}/")]
        products: Iterable[Product] = planned if self.takes_orders else [sample]
        if not self.takes_orders and part != source.parts[0]:
            pages = self.house.gateway.search(source, part, sample.window)
            products = next(iter(pages)).products
        return offers_of(self.collection.id, source, part, products)

    def _listings(self) -> Listings:
        source = self.collection.sources[0]
        return Listings(self.house.gateway, source, source.parts[0])

    def _sample(self) -> Product:
        if self.product is None:
            raise ValueError("expected a search before anything else")
        return self.product


def _paging_said(judged: Sequence[Judged], pages: int) -> Said:
    whole = judged[0]
    stated = "nothing" if whole.stated is None else str(whole.stated)
    said = f"stated {stated}, found {whole.unique} different in {pages} pages"
    doubted = [one for one in judged if not (one.is_cut or one.is_accounted)]
    if doubted:
        remedy = "harvests will list such windows and not pass over them; tell the provider"
        return Said(f"{said}: {doubted[0].reason}", remedy, Outcome.BAD)
    if whole.is_cut:
        covered = "harvests cut such windows until each part is proven; tell the provider"
        return Said(f"one reading {said}: {whole.reason}", covered, Outcome.ODD)
    if whole.found > whole.unique:
        twice = f"{said}, {whole.found - whole.unique} came twice"
        return Said(twice, "harvests count each once", Outcome.ODD)
    if whole.reason:
        return Said(f"{said}: {whole.reason}", "harvests read it twice", Outcome.ODD)
    return Said(said)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
