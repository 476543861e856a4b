"""What a provider has in a window, read and not noted: the provider's side of a census."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from harvesters.completeness import Inquiry
from harvesters.gateway import Gateway, Product
from harvesters.source import MAIN, Source
from lake.nouns import Offer, Window

Take = Callable[[Sequence[Offer]], None]


@dataclass
class Listing:
    """One reading of all parts of a source, proven whole as a discovery is.

    ``take`` is given page after page; a page may come again, since proof needs second looks.
    ``doubts`` says afterwards why this may not be all that the provider has.
    """

    gateway: Gateway
    collection: str
    source: Source
    window: Window
    take: Take
    doubts: list[str] = field(default_factory=list)

    def read(self) -> None:
        """Read the window to its end.

        Raises:
            HarvestError: the provider could not be asked to the end.
        """
        for part in self.source.parts:
            self._read(part)

    def _read(self, part: str) -> None:
        ways = self.gateway.ways(self.source, part)
        if ways.takes_orders:
            for page in self.gateway.search(self.source, part, self.window):
                self._give(part, page.products)
            return
        inquiry = Inquiry(
            search=lambda window, view: self.gateway.search(self.source, part, window, view),
            keep=lambda products: self._give(part, products),
            ways=ways,
            floor=ways.floor,
        )
        for judged in inquiry.judged(self.window):
            if not (judged.is_cut or judged.is_accounted):
                self.doubts.append(judged.reason or "it could not be proven whole")

    def _give(self, part: str, products: Sequence[Product]) -> int:
        self.take([self._offer(part, p) for p in products if self._holds(p)])
        return 0  # nothing is noted, so nothing is new

    def _holds(self, product: Product) -> bool:
        window = self.window
        return product.window.start < window.end and product.window.end > window.start

    def _offer(self, part: str, product: Product) -> Offer:
        window = product.window
        key = (window.start, window.end, product.native_id, part, product.title)
        return Offer(
            collection=self.collection,
            provider=self.source.provider,
            native_id=product.native_id if part == MAIN else f"{product.native_id}#{part}",
            stamp=product.stamp,
            part=part,
            item_key=self.source.item_key(*key),
            window=window,
            needs_order=product.needs_order,
            product=product.record,
        )
