"""A provider's message as it came, and the seam to those who can read it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from lake.ledger.notices import Notice

_LONGEST_ID = 256


@dataclass(frozen=True, slots=True)
class Message:
    """Bytes that somebody sent. ``place`` is what names them where they name nothing themselves.

    ``headers`` are those of HTTP or Kafka, their names in lower case.
    """

    source: str
    body: bytes
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    place: str = ""

    @property
    def fallback_id(self) -> str:
        """Return an id that the same message has again: its place, else a digest of its body."""
        return self.place or "sha256:" + hashlib.sha256(self.body).hexdigest()


class Parser(Protocol):
    """Reads one kind of message."""

    def __call__(self, message: Message) -> Notice:
        """Return what the message says is new.

        Raises:
            BadNotice: it is not of this kind, or says nothing that can be acted on.
        """
        ...


def fitting(identifier: str) -> str:
    """Return an id that the ledger has room for: itself, or a digest of a very long one."""
    if len(identifier) <= _LONGEST_ID:
        return identifier
    return "sha256:" + hashlib.sha256(identifier.encode()).hexdigest()
