"""A STAC API search over products: which of them match, in which order, on which page."""

import base64
import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sandbox.holdings.products import Product

NEXT, WHOLE, LINK = "next", "whole", "link."
"""How tokens begin; a ``whole`` one says nothing without the body that it came in."""

BACKENDS = "federation:backends"
WORLD = (-180.0, -90.0, 180.0, 90.0)
_TEXTS = frozenset({"id", "collection", "title"})
_STAMPS: Mapping[str, str] = {
    "updated": "updated",
    "published": "published",
    "created": "published",
    "datetime": "start",
    "start_datetime": "start",
    "end_datetime": "end",
}
_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


class BadQuery(Exception):
    """The search asks for something that is not served; the message says what is."""


class SortKey(BaseModel):
    """One key of the order."""

    field: str
    direction: str = "asc"


class Search(BaseModel):
    """The body of ``POST /search``. Anything else in it is refused, never dropped."""

    model_config = ConfigDict(extra="forbid")

    collections: list[str] | None = None
    ids: list[str] | None = None
    datetime: str | None = None
    bbox: list[float] | None = None
    intersects: dict[str, Any] | None = None
    limit: int = Field(default=10, ge=1)
    token: str | None = None
    query: dict[str, dict[str, Any]] | None = None
    sortby: list[SortKey] | None = None
    fields: dict[str, Any] | None = None

    @property
    def offset(self) -> int:
        """Where the page begins. Raises BadQuery for a token that is not ours."""
        if self.token is None:
            return 0
        head, _, number = self.token.partition(":")
        if head not in {NEXT, WHOLE} or not number.isdigit():
            raise BadQuery(f"expected a token of a next link, came {self.token!r}")
        return int(number)

    @property
    def lacks_its_body(self) -> bool:
        """Whether the token came without the rest of the link that it stood in."""
        return (self.token or "").startswith(f"{WHOLE}:") and self.backend is None

    @property
    def backend(self) -> str | None:
        """The provider behind the provider that is asked for."""
        condition = (self.query or {}).get(BACKENDS)
        return None if condition is None else str(condition.get("eq"))

    def to_link(self) -> str:
        """The whole search as one text, for a URL."""
        text = self.model_dump_json(exclude_none=True)
        return LINK + base64.urlsafe_b64encode(text.encode()).decode()

    @classmethod
    def from_link(cls, text: str) -> "Search":
        """The search that was made a text. Raises ValueError."""
        return cls.model_validate_json(base64.urlsafe_b64decode(text.removeprefix(LINK)))


def select(products: Iterable[Product], search: Search) -> list[Product]:
    """All that match, in order."""
    if not _touches_world(search):
        return []
    found = [p for p in products if _matches(p, search)]
    found.sort(key=lambda p: (p.start, p.id))
    for key in reversed(search.sortby or []):
        name = key.field.removeprefix("properties.")
        found.sort(key=lambda p: value_of(p, name), reverse=key.direction == "desc")
    return found


def value_of(product: Product, name: str) -> str:
    """A property as text that sorts rightly. Raises BadQuery if there is no such property."""
    if name in _TEXTS:
        return str(getattr(product, name))
    if name not in _STAMPS:
        raise BadQuery(
            f"expected a property of {sorted(_STAMPS)} or {sorted(_TEXTS)}, came {name!r}"
        )
    stamp: datetime = getattr(product, _STAMPS[name])
    return stamp.isoformat(timespec="microseconds")


def _matches(product: Product, search: Search) -> bool:
    if search.ids is not None and product.id not in search.ids:
        return False
    if search.datetime is not None and not _overlaps(product, search.datetime):
        return False
    return all(
        _compare(product, name.removeprefix("properties."), relation, str(operand))
        for name, condition in (search.query or {}).items()
        for relation, operand in condition.items()
        if name != BACKENDS
    )


def _overlaps(product: Product, interval: str) -> bool:
    first, _, last = interval.partition("/")
    last = last if "/" in interval else first
    after = first in {"", ".."} or product.end >= parse_time(first)
    return after and (last in {"", ".."} or product.start <= parse_time(last))


def _compare(product: Product, name: str, relation: str, operand: str) -> bool:
    if relation not in _OPERATORS:
        raise BadQuery(f"expected an operator of {sorted(_OPERATORS)}, came {relation!r}")
    if name in _STAMPS:
        operand = parse_time(operand).astimezone(UTC).isoformat(timespec="microseconds")
    return _OPERATORS[relation](value_of(product, name), operand)


def parse_time(text: str) -> datetime:
    """An RFC 3339 time; one without a zone is UTC. Raises BadQuery."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadQuery(f"expected an RFC 3339 time, came {text!r}") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _touches_world(search: Search) -> bool:
    if search.bbox is None:
        return True
    if len(search.bbox) not in {4, 6}:
        raise BadQuery(f"expected a bbox of 4 or 6 numbers, came {search.bbox}")
    half = len(search.bbox) // 2
    south, north = search.bbox[1], search.bbox[half + 1]
    return south <= WORLD[3] and north >= WORLD[1]
