"""What a provider has in a window, read and not noted: the provider's side of a census."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from harvesters.completeness import Inquiry
from harvesters.gateway import Gateway, Product
from harvesters.offering import offers_of
from harvesters.source import Source
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
        self.take(offers_of(self.collection, self.source, part, products, self.window))
        return 0  # nothing is noted, so nothing is new
