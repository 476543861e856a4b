"""What a search is asked, and what it answers: one page each."""

from dataclasses import dataclass, field
from typing import Any

from harvesters.links import Link
from harvesters.queries import Query


@dataclass(frozen=True, slots=True)
class Answer:
    """One page as EODAG read it: features as JSON, and what leads to the next page.

    ``link`` is the provider's own. ``number`` is the page's (or that of its first product) where
    we count for ourselves; ``counts_products`` says which of the two. ``unreadable`` names what
    stands on the page and cannot be read.
    """

    features: tuple[dict[str, Any], ...]
    stated: int | None
    link: Link | None = None
    number: int | None = None
    counts_products: bool = False
    unreadable: tuple[str, ...] = ()

    @property
    def entries(self) -> int:
        """Return how many entries stand on the page, readable or not."""
        return len(self.features) + len(self.unreadable)


@dataclass(frozen=True, slots=True)
class Question:
    """One page to ask for: the first one, the one at a number, or the one that a link leads to.

    ``narrowed`` is for the ``query`` of a STAC search; ``sort`` is a property and ASC or DESC.
    """

    collection: str
    query: Query
    start: str | None
    end: str | None
    limit: int
    narrowed: Query = field(default_factory=dict)
    sort: tuple[str, str] | None = None
    link: Link | None = None
    number: int | None = None

    @property
    def criteria(self) -> dict[str, Any]:
        """Return what EODAG is asked."""
        times = {"start_datetime": self.start, "end_datetime": self.end}
        asked = {name: time for name, time in times.items() if time is not None}
        sort = {} if self.sort is None else {"sort_by": [self.sort]}
        return {"collection": self.collection, **asked, **sort, **self.query}
