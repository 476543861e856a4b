"""What one reading of a window brought, and the verdict on it."""

from dataclasses import dataclass, field
from typing import Self

from harvesters.errors import HarvestError
from harvesters.gateway import Page, Product
from lake.nouns import Window

_NAMED_AT_MOST = 10


@dataclass(slots=True)
class Reading:
    """What one reading of a window brought. ``trouble`` says why it broke off, if it did."""

    stated: int | None = None
    found: int = 0
    new: int = 0
    ids: set[str] = field(default_factory=set)
    unreadable: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    trouble: HarvestError | None = None

    @property
    def unique(self) -> int:
        """Return how many different products came, and entries that are none."""
        return len(self.ids)

    def take(self, page: Page, new: int) -> None:
        """Count a page."""
        if self.stated is None:
            self.stated = page.stated
        self.found += len(page.products) + len(page.unreadable)
        self.new += new
        self.ids.update(identity(p) for p in page.products)
        self.ids.update(page.unreadable)
        self.unreadable.extend(page.unreadable)
        self.doubts.extend(page.doubts)


@dataclass(frozen=True, slots=True)
class Judged:
    """A window with what came of it, and in ``doubt`` why it is not proven whole, or None.

    ``note`` says what was odd though all is proven. ``is_cut``: its halves follow, and speak for
    it. ``depth`` is 0 for the whole, 1 for its halves, and so on.
    """

    window: Window
    stated: int | None
    found: int
    unique: int
    new: int
    unreadable: tuple[str, ...]
    trouble: HarvestError | None
    doubt: str | None
    note: str | None = None
    is_cut: bool = False
    depth: int = 0

    @classmethod
    def of(
        cls, window: Window, reading: Reading, doubt: str | None, note: str | None = None
    ) -> Self:
        """Return the verdict on a reading, without the identities that it holds."""
        return cls(
            window=window,
            stated=reading.stated,
            found=reading.found,
            unique=reading.unique,
            new=reading.new,
            unreadable=tuple(reading.unreadable),
            trouble=reading.trouble,
            doubt=doubt,
            note=note,
        )

    @property
    def is_accounted(self) -> bool:
        """Return True where nothing is missing, and every entry could be read."""
        return self.doubt is None and not self.unreadable

    @property
    def reason(self) -> str | None:
        """Return what is wrong with the window, or odd about it."""
        said = [*self.unreadable[:_NAMED_AT_MOST], self.doubt or self.note or ""]
        return "; ".join(filter(None, said)) or None


def identity(product: Product) -> str:
    """Return what tells a product, and a revision of it, from all others of its provider."""
    return f"{product.native_id}\n{product.stamp or ''}"
