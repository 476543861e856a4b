"""What a provider lists of one part of a source: where its newest data are, and some of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from harvesters.completeness import Inquiry
from harvesters.gateway import FORWARD, Gateway, Page, Product, View, Ways
from harvesters.source import Source
from harvesters.verdicts import Judged
from lake.nouns import Window

_BEFORE_ALL = datetime(1940, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=30)  # forecasts lie in the future
_FIRST_STRIDE = timedelta(hours=1)
_MOST_STRIDES = 20
_ENOUGH_PAGES = 3
_MOST_PRODUCTS = 300
_MOST_PAGES = 40
_LEAST = timedelta(seconds=2)


@dataclass
class Listings:
    """Looks into one part of a source; ``products`` is all that was seen, by their ids."""

    gateway: Gateway
    source: Source
    part: str
    products: dict[str, Product] = field(default_factory=dict)
    pages: int = 0

    @property
    def ways(self) -> Ways:
        """Return how it can be searched."""
        return self.gateway.ways(self.source, self.part)

    def newest(self, now: datetime) -> Product | None:
        """Return a product of the newest data; None where there is nothing at all.

        Where nothing is sorted the past is looked through in strides that grow.
        """
        ever = Window(_BEFORE_ALL, now + _AHEAD)
        if self.ways.is_whole:
            return _latest(self._first(ever, FORWARD))
        if self.ways.can_sort:
            found = _latest(self._first(ever, View(backwards=True)))
            if found is not None:
                return found
        stride = _FIRST_STRIDE
        while ever.end - stride > ever.start:
            found = _latest(self._first(Window(ever.end - stride, ever.end), FORWARD))
            if found is not None:
                return found
            stride *= 2
        return _latest(self._first(ever, FORWARD))

    def stretch(self, end: datetime, page_size: int) -> Window:
        """Return a window before ``end`` with several pages in it, and not too many."""
        stride = _FIRST_STRIDE
        for _ in range(_MOST_STRIDES):
            count = self._count(Window(end - stride, end))
            if count > _MOST_PRODUCTS and stride > 2 * _LEAST:
                return Window(end - self._shortened(end, stride), end)
            if count > _ENOUGH_PAGES * page_size:
                break
            stride *= 2
        return Window(end - stride, end)

    def judged(self, window: Window) -> list[Judged]:
        """Return the verdicts on a window and, where it had to be cut, on its parts."""
        inquiry = Inquiry(self._pages, self._keep, self.ways, floor=self.ways.floor)
        return list(inquiry.judged(window))

    def walked(self, window: Window) -> bool:
        """Look at some pages of what gives all there is; return whether that was all of it."""
        pages = self._pages(window, FORWARD)
        for page in islice(pages, _MOST_PAGES):
            self._keep(page.products)
        return next(pages, None) is None

    def _shortened(self, end: datetime, stride: timedelta) -> timedelta:
        while stride > 2 * _LEAST and self._count(Window(end - stride, end)) > _MOST_PRODUCTS:
            stride /= 2
        return stride

    def _count(self, window: Window) -> int:
        """Return how many products a window has, or at least has."""
        found = 0
        for page in islice(self._pages(window, FORWARD), _ENOUGH_PAGES + 1):
            found += len(page.products)
            if page.stated is not None:
                return page.stated
        return found

    def _first(self, window: Window, view: View) -> tuple[Product, ...]:
        for page in islice(self._pages(window, view), _ENOUGH_PAGES):
            self._keep(page.products)
            if page.products:
                return page.products
        return ()

    def _pages(self, window: Window, view: View) -> Iterator[Page]:
        for page in self.gateway.search(self.source, self.part, window, view):
            self.pages += 1
            yield page

    def _keep(self, products: tuple[Product, ...]) -> int:
        self.products |= {product.native_id: product for product in products}
        return 0


def _latest(products: tuple[Product, ...]) -> Product | None:
    return max(products, key=lambda p: p.window.start, default=None)
