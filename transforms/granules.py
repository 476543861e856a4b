"""A granule that has been fetched beside the converter."""

from dataclasses import dataclass
from pathlib import Path

from lake.nouns import Granule


@dataclass(frozen=True, slots=True)
class LocalGranule:
    """A file to convert, what it claims to be, and the granule that it is a copy of."""

    path: Path
    media_type: str
    granule: Granule

    @property
    def label(self) -> str:
        """Name the granule in messages: its part and the head of its digest, never its path."""
        return f"{self.granule.part}:{self.granule.digest[4:12]}"
