"""One item of a draft, gone through as a harvest does: ordered, carried, converted, judged."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from inlet import documents, pictures, steps
from inlet.errors import UnfitDraft
from inlet.house import House
from inlet.onboarding import remedies
from inlet.onboarding.findings import Outcome, Said
from lake.ledger import items, offers, progress
from lake.ledger.items import LedgeredItem
from lake.ledger.states import ItemState, OfferState
from lake.nouns import Cube, ItemId, Offer, OfferId

_LOOK_EVERY_SECONDS = 0.3
_OTHERWISE = "name a day of which there are data, correct the `queries`, or try again later"


@dataclass
class Sampling:
    """Brings one item of a collection through. Each step may rely on those before it.

    ``chosen`` gives the offers that make the item; ``patience_seconds`` is how long one that did
    not come is tried again.
    """

    house: House
    collection: str
    chosen: Callable[[], list[Offer]]
    patience_seconds: float = 20.0
    order_seconds: float = 300.0
    offers: list[OfferId] = field(default_factory=list)
    item: ItemId | None = None
    picture: str | None = None

    def order(self) -> Said:
        """Place the sample's orders and wait until they can be fetched."""
        self.offers = self._noted()
        steps.place(self.house, self.offers)
        if not self._needs_order() and self._are(OfferState.READY):
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

    def links(self) -> Said:
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
        self.item = next(iter(steps.assemble(self.house, self.collection)), None)
        if self.item is None:
            remedy = "see that every part of the source's `queries` has the same `key`"
            return Said("the parts that came do not make one item", remedy, Outcome.BAD)
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
        drawn = pictures.of_item(self.house, row)
        if drawn is None:
            return Said("no picture could be drawn of it", outcome=Outcome.ODD)
        with self.house.store.local(drawn.location) as path:
            self.picture = base64.b64encode(path.read_bytes()).decode("ascii")
        return Said("drawn")

    def cube(self) -> tuple[LedgeredItem, Cube] | None:
        """Return the sample's item and its cube; None where there is none."""
        if self.item is None:
            return None
        row = self._row()
        return None if row.cube is None else (row, documents.to_cube(row.cube))

    def _noted(self) -> list[OfferId]:
        chosen = self.chosen()
        if not chosen:
            raise UnfitDraft("expected offers that make one item, came none; look at `queries`")
        with self.house.ledger.begin() as tx:
            offers.record(tx, chosen)
            return offers.unfinished(tx, self.collection)

    def _row(self) -> LedgeredItem:
        with self.house.ledger.begin() as tx:
            found = None if self.item is None else items.known(tx, self.item)
        if found is None:
            raise ValueError("expected the parts of an item, came fewer")
        return found

    def _needs_order(self) -> bool:
        with self.house.ledger.begin() as tx:
            return any(known.offer.needs_order for known in offers.known(tx, self.offers))

    def _records(self) -> list[str]:
        with self.house.ledger.begin() as tx:
            return [known.offer.product for known in offers.known(tx, self.offers)]

    def _are(self, state: OfferState) -> bool:
        with self.house.ledger.begin() as tx:
            return set(offers.in_state(tx, [state], self.offers)) == set(self.offers)

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
            found = progress.troubles(tx, self.collection)
        return next((trouble.reason for trouble in found), None)

    def _fallen(self, what: str) -> Said:
        reason = self._reason() or what
        return Said(reason, remedies.of_reason(reason) or _OTHERWISE, Outcome.BAD)


def _cube_said(cube: Cube) -> str:
    variables = sum(len(hypercube.variables) for hypercube in cube.hypercubes)
    grids = ", ".join(sorted({hypercube.grid for hypercube in cube.hypercubes}))
    return (
        f"{cube.fields_written} fields of {variables} variables on {grids}, "
        f"{cube.size / 1e6:.2f} MB of Zarr"
    )
