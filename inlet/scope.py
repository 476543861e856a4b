"""What a harvest is about: all of a collection since its cursor, or a part of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from harvesters.selection import Selection
from lake.nouns import Window


@dataclass(frozen=True, slots=True)
class Scope:
    """What a harvest is about: all of a collection since its cursor, or a window of it.

    ``alone`` takes along nothing that other harvests left unfinished. Of a ``selection`` ``keys``
    are those of its items, as far as they are known. ``force`` fetches again what is here
    already. ``beginning`` is where a cursor begins that is not there yet.
    """

    collection: str
    window: Window | None = None
    selection: Selection | None = None
    keys: frozenset[str] | None = None
    alone: bool = False
    force: bool = False
    beginning: datetime | None = None

    def known_by(self, keys: Sequence[str]) -> Self:
        """Return the scope once the keys of what it selects are known."""
        return self if self.selection is None else replace(self, keys=frozenset(keys))
