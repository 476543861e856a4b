"""What one sandbox was started with."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

KEY = "sandbox-key"
"""Opens everything: the CDS's token and the password of every user. No secret: loopback only."""


@dataclass(frozen=True, slots=True)
class Settings:
    """``data`` replaces the generated files; ``page_cap`` holds whatever limit a client asks.

    ``many`` is how many products the collection of that name has; with none it is not there.
    """

    data: Path | None = None
    seed: int = 1
    page_cap: int = 100
    order_delay: timedelta = timedelta(seconds=0.3)
    key: str = KEY
    token_lifetime: timedelta = timedelta(hours=1)
    many: int = 0
