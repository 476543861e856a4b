"""Time comes from here, so that a test can hold it still."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time, in UTC."""

    def __call__(self) -> datetime:
        """Return the present moment, UTC-aware."""
        ...


def wall_clock() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(UTC)
