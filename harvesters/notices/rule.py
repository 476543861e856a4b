"""Which notices wake a collection, and how wide a window around them is harvested."""

from collections.abc import Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from harvesters.notices.sources import PARSERS
from lake.ledger.notices import Hint
from lake.nouns import Window


class Wake(BaseModel):
    """One kind of notice that wakes a harvest of the collection."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[str, Field(description=f"Who sends the notices: {', '.join(PARSERS)}.")]
    match: Mapping[str, str] = Field(
        default={},
        description="Key of the notice → what it must be; * and ? stand for anything. Empty: the "
        "notice must name this collection.",
    )
    margin_hours: float = Field(
        default=1.0, ge=0, le=24 * 366, description="Harvested before and after the named time."
    )
    recent_hours: float = Field(
        default=24.0, gt=0, le=24 * 366, description="Harvested where a notice names no time."
    )
    longest_days: float = Field(
        default=31.0, gt=0, description="A notice that spans more is refused: harvest it by hand."
    )

    @field_validator("source")
    @classmethod
    def _has_a_reader(cls, value: str) -> str:
        if value not in PARSERS:
            raise ValueError(f"expected one of {', '.join(PARSERS)}, came {value!r}")
        return value

    def wakes(self, collection: str, hint: Hint) -> bool:
        """Return True where the notice is one for ``collection``."""
        if hint.source != self.source:
            return False
        if not self.match:
            return hint.collection == collection
        return all(
            key in hint.keys and fnmatchcase(hint.keys[key], pattern)
            for key, pattern in self.match.items()
        )

    def window(self, hint: Hint) -> Window | None:
        """Return what to harvest; None where the notice spans more than is allowed."""
        if hint.window is None:
            recent = timedelta(hours=self.recent_hours)
            return Window(hint.received_at - recent, hint.received_at)
        if hint.window.end - hint.window.start > timedelta(days=self.longest_days):
            return None
        margin = timedelta(hours=self.margin_hours)
        return Window(hint.window.start - margin, hint.window.end + margin)
