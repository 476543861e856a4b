"""The EODAG gateway's own note of a product: how to reach it, and how far its order has come.

It rests in the ledger as text; nobody but the gateway reads it.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Self
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Record:
    """``feature`` is EODAG's product as it was found, ``placed`` as it was after its order."""

    provider: str
    feature: dict[str, Any]
    assets: str | None = None
    placed: dict[str, Any] | None = None
    placed_at: datetime | None = None

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what ``to_text`` wrote."""
        fields = json.loads(text)
        placed_at = fields.pop("placed_at")
        return cls(**fields, placed_at=placed_at and datetime.fromisoformat(placed_at))

    def to_text(self) -> str:
        """Write the record as JSON with sorted keys."""
        fields = {name: getattr(self, name) for name in self.__slots__}  # asdict copies deeply
        fields["placed_at"] = self.placed_at and self.placed_at.isoformat()
        return json.dumps(fields, sort_keys=True)

    def with_order(self, placed: dict[str, Any], placed_at: datetime | None = None) -> Self:
        """Return the record after its order was placed, or came further."""
        return replace(self, placed=placed, placed_at=placed_at or self.placed_at)


def request_digest(order_link: str) -> str:
    """Return the identity of an order: a digest of what is asked for, not of how it is written.

    The host is left out, so that a provider may move; lists of strings are sorted, since EODAG
    writes them in an order that changes from process to process.
    """
    parts = urlsplit(order_link)
    canonical = {"path": parts.path, "request": _sorted(request_body(parts.query))}
    return sha256(json.dumps(canonical, sort_keys=True).encode()).hexdigest()


def request_body(query: str) -> object:
    """Return what an order's link carries behind its ``?``: JSON, else the text as it is."""
    for text in (query, query[1:-1]):  # formatting may leave a second pair of braces around it
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            continue
    return query


def request_of(order_link: str) -> dict[str, Any]:
    """Return the keywords that an order's link asks for, without what its service wraps them in.

    OGC API Processes wraps them in ``inputs``, Polytope in ``request``.
    """
    body = request_body(urlsplit(order_link).query)
    if not isinstance(body, dict):
        return {}
    return next((body[name] for name in ("inputs", "request") if name in body), body)


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted(element) for key, element in value.items()}
    if isinstance(value, list):
        elements = [_sorted(element) for element in value]
        return sorted(elements, key=str) if all(isinstance(e, str) for e in elements) else elements
    return value
