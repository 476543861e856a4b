"""What is known of what lies in a store without reading it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Resting:
    """How much lies under a key, and when the last of it was written."""

    size: int
    modified: datetime
