"""Bearer tokens: handed out for the key, valid for a while and in this process only."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(slots=True)
class Tokens:
    """All tokens that were handed out, with their ends."""

    key: str
    lifetime: timedelta
    clock: Callable[[], datetime]
    _ends: dict[str, datetime] = field(default_factory=dict)

    def issue(self, username: str, password: str) -> str | None:
        """A new token, for any user who knows the key."""
        if not username or password != self.key:
            return None
        token = secrets.token_urlsafe(24)
        self._ends[token] = self.clock() + self.lifetime
        return token

    def accept(self, token: str) -> bool:
        """Whether the token was issued here and has not ended."""
        end = self._ends.get(token)
        return end is not None and self.clock() < end

    def revoke(self, token: str) -> None:
        """End a token now."""
        self._ends.pop(token, None)
