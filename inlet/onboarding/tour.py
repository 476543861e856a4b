"""One collection of a draft, gone through as a harvest does: listed, carried, converted, judged."""

import base64
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from harvesters.gateway import Product
from harvesters.offering import offers_of
from harvesters.verdicts import Judged
from inlet import documents, pictures, steps
from inlet.collection import Collection
from inlet.house import House
from inlet.onboarding import cadence, remedies
from inlet.onboarding.findings import Cadence, Outcome, Said
from inlet.onboarding.listings import Listings
from lake.ledger import items, offers, progress
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Transaction
from lake.ledger.states import ItemState, OfferState
from lake.nouns import Cube, ItemId, Offer, OfferId, Window

_LOOK_EVERY_SECONDS = 0.3
_A_DAY = timedelta(days=1)
_SETTLED_DAYS = 30  # how old data are surely there, where only orders can tell


@dataclass
class Tour:
    """What is known so far. Each step may rely on those before it.

    ``around`` is a day of which there are data, where somebody knows one; ``patience_seconds`` is
    how long a sample that did not come is tried again.
    """

    house: House
    collection: Collection
    around: datetime | None = None
    patience_seconds: float = 20.0
    order_seconds: float = 300.0
    page_size: int = 5
    product: Product | None = None
    seen: dict[str, Product] = field(default_factory=dict)
    offers: list[OfferId] = field(default_factory=list)
    item: ItemId | None = None
    picture: str | None = None

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

    def order(self) -> Said:
        """Place the sample's orders and wait until they can be fetched."""
        self.offers = self._noted()
        if not self.takes_orders and not self._sample().needs_order:
            steps.place(self.house, self.offers)
            return Said("no order is needed")
        until = time.monotonic() + self.order_seconds
        while time.monotonic() < until:
            steps.place(self.house, self.offers)
            steps.poll(self.house, self.offers)
            if self._are(OfferState.READY):
                return Said("its order was placed, and can be fetched")
            if self._has_ended():
                return self._fallen("the order came to nothing")
            time.sleep(_LOOK_EVERY_SECONDS)
        return self._fallen(f"the order is not ready after {self.order_seconds:.0f} s")

    def sign_in(self) -> Said:
        """Ask for the sample's links as they are fetched, signed where that is wanted."""
        links = [link for record in self._records() for link in self.house.gateway.remotes(record)]
        stated = sum(link.size or 0 for link in links)
        proven = sum(link.checksum is not None for link in links)
        how = "signed" if any(link.headers for link in links) else "open"
        promised = f"{stated / 1e6:.1f} MB stated" if stated else "no size stated"
        return Said(f"{len(links)} files, {how}, {promised}, {proven} with a checksum")

    def download(self) -> Said:
        """Carry the sample as a harvest does: bounded, verified, recognised."""
        first: str | None = None
        until = time.monotonic() + self.patience_seconds
        while True:
            steps.land(self.house, self.offers)
            if self._are(OfferState.LANDED):
                break
            first = first or self._reason()
            if self._has_ended() or time.monotonic() > until:
                return self._fallen("the sample did not come")
            time.sleep(_LOOK_EVERY_SECONDS)
        (self.item,) = steps.assemble(self.house, self.collection.id) or [None]
        said = f"{self._landed()}, size and content verified"
        if first is not None:
            return Said(f"{said}, on another try: {first}", remedies.of_reason(first), Outcome.ODD)
        return Said(said)

    def conversion(self) -> Said:
        """Convert the sample."""
        row = self._row()
        steps.convert(self.house, [row.id])
        row = self._row()
        if row.state != ItemState.CONVERTED:
            remedy = "correct the recipe or the source's `assets`, or tell the provider"
            return Said(row.reason or "it gave no cube", remedy, Outcome.BAD)
        cube = documents.to_cube(row.cube)
        said = _cube_said(cube)
        if cube.left_out:
            left = cube.left_out[0]
            more = f"{len(cube.left_out)} left out, first {left.where}: {left.reason}"
            return Said(f"{said}; {more}", "see whether that is wanted", Outcome.ODD)
        return Said(said)

    def gate(self) -> Said:
        """Let the quality gate judge the sample."""
        row = self._row()
        steps.judge(self.house, [row.id])
        row = self._row()
        if row.state != ItemState.JUDGED:
            remedy = "correct `quality` where it asks too much, or tell the provider"
            return Said(row.reason or "it was not judged", remedy, Outcome.BAD)
        verdict = documents.to_verdict(row.verdict)
        return Said(f"{len(verdict.findings)} checks passed")

    def draw(self) -> Said:
        """Draw the sample."""
        row = self._row()
        drawn = pictures.draw(self.house, row, documents.to_cube(row.cube))
        if drawn is None:
            return Said("no picture could be drawn of it", outcome=Outcome.ODD)
        with self.house.store.local(drawn.location) as path:
            self.picture = base64.b64encode(path.read_bytes()).decode("ascii")
        return Said("drawn")

    def cadence(self) -> Cadence:
        """Return how often and how late its data come."""
        listed = () if self.takes_orders else self.seen.values()
        return cadence.of(self.collection.id, listed)

    def cube(self) -> tuple[LedgeredItem, Cube] | None:
        """Return the sample's item and its cube; None where there is none."""
        if self.item is None:
            return None
        row = self._row()
        return None if row.cube is None else (row, documents.to_cube(row.cube))

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

    def _noted(self) -> list[OfferId]:
        with self.house.ledger.begin() as tx:
            offers.record(tx, self._chosen())
            return offers.unfinished(tx, self.collection.id)

    def _chosen(self) -> list[Offer]:
        """Return the offers that make the sample's item, one for each part."""
        source, chosen = self.collection.sources[0], []
        key: str | None = None
        for part in source.parts:
            found = self._offers_of(part)
            mine = [o for o in found if key in {None, o.item_key}][:1]
            key = mine[0].item_key if mine else key
            chosen += mine
        return chosen

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

    def _row(self) -> LedgeredItem:
        with self.house.ledger.begin() as tx:
            found = None if self.item is None else items.known(tx, self.item)
        if found is None:
            raise ValueError("expected the parts of an item, came fewer")
        return found

    def _records(self) -> list[str]:
        with self.house.ledger.begin() as tx:
            return [known.offer.product for known in offers.known(tx, self.offers)]

    def _are(self, state: OfferState) -> bool:
        with self.house.ledger.begin() as tx:
            return offers.in_state(tx, [state], self.offers) == self.offers

    def _has_ended(self) -> bool:
        with self.house.ledger.begin() as tx:
            return not offers.in_state(tx, offers.UNFINISHED, self.offers)

    def _landed(self) -> str:
        with self.house.ledger.begin() as tx:
            granules = [] if self.item is None else items.granules_of(tx, self.item)
        size = sum(granule.size for granule in granules)
        kinds = ", ".join(sorted({granule.media_type for granule in granules}))
        return f"{size / 1e6:.2f} MB of {kinds}"

    def _reason(self) -> str | None:
        with self.house.ledger.begin() as tx:
            return _first_reason(tx, self.collection.id)

    def _fallen(self, what: str) -> Said:
        reason = self._reason() or what
        return Said(reason, remedies.of_reason(reason), Outcome.BAD)


def _first_reason(tx: Transaction, collection: str) -> str | None:
    return next((trouble.reason for trouble in progress.troubles(tx, collection)), None)


def _paging_said(judged: Sequence[Judged], pages: int) -> Said:
    whole = judged[0]
    stated = "nothing" if whole.stated is None else str(whole.stated)
    said = f"stated {stated}, found {whole.unique} different in {pages} pages"
    doubted = [one for one in judged if not (one.is_cut or one.is_accounted)]
    if doubted:
        remedy = "harvests will list such windows and not pass over them; tell the provider"
        return Said(f"{said}: {doubted[0].reason}", remedy, Outcome.BAD)
    if whole.found > whole.unique:
        return Said(f"{said}, {whole.found - whole.unique} came twice", outcome=Outcome.ODD)
    if whole.reason:
        covered = "harvests cut such windows until each part is proven"
        return Said(f"{said}: {whole.reason}", covered, Outcome.ODD)
    return Said(said)


def _cube_said(cube: Cube) -> str:
    variables = sum(len(hypercube.variables) for hypercube in cube.hypercubes)
    grids = ", ".join(sorted({hypercube.grid for hypercube in cube.hypercubes}))
    return (
        f"{cube.fields_written} fields of {variables} variables on {grids}, "
        f"{cube.size / 1e6:.2f} MB of Zarr"
    )


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
