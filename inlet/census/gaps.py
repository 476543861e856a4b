"""What a census may find, each by its name."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lake.ledger.states import ItemState
from lake.nouns import ItemId, OfferId, Window


class Kind(StrEnum):
    """How provider, lake, catalogue and events may disagree."""

    MISSING = "missing"  # the provider has it; nothing landed, and nobody said why
    STALE = "stale"  # the provider has another revision than those that landed
    TORN = "torn"  # the ledger says that it rests in the lake, and it does not, or not whole
    ORPHANED = "orphaned"  # it rests in lake or catalogue, and nothing names it
    UNPUBLISHED = "unpublished"  # it landed and is not out, and nobody said why
    UNSIGNALLED = "unsignalled"  # it is out, and its event was not written, or not sent
    UNLISTED = "unlisted"  # it is out, and the static catalogue does not have it so
    UNCOUNTED = "uncounted"  # the provider could not be listed whole: there may be more
    EXCUSED = "excused"  # it is not here, and the ledger says why
    WITHDRAWN = "withdrawn"  # it is here, and the provider has it no more


NOTES = frozenset({Kind.EXCUSED, Kind.WITHDRAWN})
"""Listed with their reason, so no gaps: the rest is what has to be mended."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One disagreement: of which kind, about what, and what was expected.

    ``key`` is where it is in the lake, or below the catalogue where ``in_catalogue``. ``window``
    is the time to harvest again.
    """

    kind: Kind
    name: str
    detail: str
    window: Window | None = None
    offer: OfferId | None = None
    item: ItemId | None = None
    state: ItemState | None = None
    key: str | None = None
    in_catalogue: bool = False


@dataclass(frozen=True, slots=True)
class Census:
    """All that disagrees about a collection's data of a window."""

    collection: str
    window: Window
    listed: int  # how many products the provider has there
    gaps: tuple[Gap, ...]

    @property
    def counts(self) -> Mapping[Kind, int]:
        """Return how many there are of each kind; every kind is named."""
        found = Counter(gap.kind for gap in self.gaps)
        return {kind: found[kind] for kind in Kind}

    @property
    def is_complete(self) -> bool:
        """Return True where all is here, or listed with its reason."""
        return all(gap.kind in NOTES for gap in self.gaps)
