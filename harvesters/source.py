"""What a collection's file says of where it comes from, and how its items are named."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from harvesters import queries
from harvesters.constraints import FIELDS
from harvesters.queries import Query

MAIN = "main"
_FIELDS = ("start", "end", "native_id", "part", "title")
_SAFE_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_FIELD = 120
_COLLECTION = "collection"
_SAMPLE_TIME = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)

PartName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class Source(BaseModel):
    """Where a collection's granules come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str = Field(description="The id of a file in portfolio/providers.")
    collection: str = Field(description="What EODAG calls the collection at that provider.")
    queries: dict[PartName, Query] = Field(
        default={MAIN: {}},
        min_length=1,
        description="Part → what to ask for; `collection` in it overrides the source's. An item "
        "is made of one offer for each part.",
    )
    split: Literal["day", "month"] | None = Field(
        default=None, description="Where a provider takes orders: one order for each such piece."
    )
    max_fields: int | None = Field(
        default=None,
        gt=0,
        description="The most fields that one order may ask for: lists of parameters and levels "
        "are cut until it is met, and each cut is a part of the item.",
    )
    counts_fields: bool = Field(
        default=True,
        description="Whether what an order brings must hold every field that it names and that "
        "the archive has, by its constraints and by `absent`; false where nobody can tell.",
    )
    absent: tuple[dict[str, str | int | list[str | int]], ...] = Field(
        default=(),
        description="What the archive does not have of what is asked, where it publishes no "
        "constraints: each a combination of keywords, as {param: 228, step: 0}.",
    )
    since: datetime | None = Field(
        default=None, description="Where the cursor begins, UTC, as 2024-01-01T00:00:00Z."
    )
    lateness: timedelta | None = Field(
        default=None,
        description="How late data may come (ISO 8601, as P5D); default: the provider's.",
    )
    rescan: timedelta | None = Field(
        default=None,
        description="How much of the data's time is read again each day to see what was taken "
        "back, where the cursor counts in publication time (ISO 8601, as P10D; PT0S: never); "
        "default: the provider's.",
    )
    assets: str | None = Field(
        default=None, description="A regex of asset keys to take; default: every data asset."
    )
    key: str = Field(
        default="{native_id}",
        description="The item's key, a template over start, end, native_id, part and title.",
    )

    @field_validator("assets")
    @classmethod
    def _is_a_regex(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"expected a regular expression, came {value!r}: {error}") from error
        return value

    @field_validator("key")
    @classmethod
    def _makes_safe_keys(cls, value: str) -> str:
        named = [name for _, name, _, _ in Formatter().parse(value) if name is not None]
        unknown = sorted(set(named) - set(_FIELDS))
        if unknown or not named:
            raise ValueError(
                f"expected a template over {', '.join(_FIELDS)}, came {value!r}"
                + (f" with {', '.join(unknown)}" if unknown else " with none of them")
            )
        sample = value.format(
            start=_SAMPLE_TIME, end=_SAMPLE_TIME, native_id="id", part=MAIN, title="title"
        )
        if not _SAFE_KEY.fullmatch(sample):
            raise ValueError(
                f"expected keys of letters, digits, '.', '_' and '-', came {sample!r}; give "
                "times a format, as {start:%Y%m%d}"
            )
        return value

    @field_validator("since")
    @classmethod
    def _is_in_utc(cls, value: datetime | None) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)

    @field_validator("absent")
    @classmethod
    def _are_combinations(
        cls, value: tuple[dict[str, str | int | list[str | int]], ...]
    ) -> tuple[dict[str, str | int | list[str | int]], ...]:
        unknown = sorted({key for lacking in value for key in lacking} - set(FIELDS))
        if unknown or not all(value):
            raise ValueError(
                f"expected combinations of {', '.join(FIELDS)}, came "
                f"{', '.join(unknown) or 'one without any'}"
            )
        return value

    @model_validator(mode="after")
    def _can_be_bounded(self) -> Self:
        queries.bounded(self.queries, self.split, self.max_fields)
        return self

    @property
    def _planned(self) -> Mapping[str, Query]:
        """Each part's query; one that asks for too much is cut into several parts."""
        return queries.bounded(self.queries, self.split, self.max_fields)

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the names of the parts that make one item."""
        return tuple(self._planned)

    def collection_of(self, part: str) -> str:
        """Return what EODAG calls the collection of a part; a query may name its own."""
        return str(self._planned[part].get(_COLLECTION, self.collection))

    def query_of(self, part: str) -> Query:
        """Return what to ask for, without the collection."""
        return {key: value for key, value in self._planned[part].items() if key != _COLLECTION}

    def item_key(
        self, start: datetime, end: datetime, native_id: str, part: str, title: str
    ) -> str:
        """Return the key of the item that such a product belongs to.

        Characters of the provider that are unsafe in a path are replaced, and a digest then keeps
        the keys of different products apart.
        """
        return self.key.format(
            start=start, end=end, native_id=_safe(native_id), part=part, title=_safe(title)
        )


def _safe(text: str) -> str:
    safe = _UNSAFE.sub("-", text).lstrip(".-_")[:_LONGEST_FIELD]
    if safe == text:
        return text
    return f"{safe or 'x'}-{sha256(text.encode()).hexdigest()[:8]}"
