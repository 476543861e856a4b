"""A harvest that somebody asks for: what exactly, and by which name everybody speaks of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    field_validator,
    model_validator,
)

from harvesters.errors import NotHonoured
from harvesters.quotas import Lane
from harvesters.selection import Area, Selection
from lake.nouns import Window

_NAME_DIGITS = 32
_MOST_IDS = 10_000

CODES: Mapping[str, str] = MappingProxyType(
    {
        "bad-request": "what was sent is no request, by its JSON Schema",
        "unknown-collection": "the portfolio has no such collection",
        "variables": "some of an item's variables cannot be harvested alone",
        "area": "the collection's items have no place of their own",
        "paused": "an operator has paused the collection's harvests",
        "unaccounted": "the provider could not prove that all of the window was found",
        "not-found": "the provider has none of the items that were asked for by name",
        "dismissed": "its requester wants it no more",
        "failed": "the harvest did not work; the reason says why",
    }
)
"""Why a request was rejected, or failed: for machines, beside the reason for people."""


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(f"expected a time within the years 1 to 9999, came {moment}") from error


Utc = Annotated[datetime, AfterValidator(_in_utc)]
Text = Annotated[str, Field(min_length=1, max_length=256)]


class RequestDocument(BaseModel):
    """Asks Inlet to harvest a collection: the window ``[start, end)``, or a selection of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Harvest request")

    collection: Text = Field(description="A collection of the portfolio.")
    start: Utc = Field(description="Begin of the data's time, UTC, inclusive.")
    end: Utc = Field(description="End of the data's time, UTC, exclusive.")
    ids: tuple[Text, ...] = Field(
        default=(), max_length=_MOST_IDS, description="Only these items; none means all."
    )
    area: tuple[float, float, float, float] | None = Field(
        default=None,
        description="Only items that touch this box: west, south, east, north in degrees. Items "
        "come whole. Refused where a provider takes orders, whose items have no place of their "
        "own.",
    )
    variables: tuple[Text, ...] = Field(
        default=(),
        description="Only these variables. Refused today: an item holds all its collection's.",
    )
    force: StrictBool = Field(
        default=False, description="Fetch again what is here already, to see whether it changed."
    )
    lane: Lane = Field(
        default=Lane.ON_DEMAND, description="Whose share of the provider's rate it uses."
    )
    occasion: str = Field(
        default="",
        max_length=256,
        description="Any word: the same request is harvested once for each occasion.",
    )

    @field_validator("area")
    @classmethod
    def _is_an_area(cls, value: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if value is not None:
            Area.of(value)
        return value

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        Window(self.start, self.end)
        return self


@dataclass(frozen=True, slots=True)
class HarvestRequest:
    """What somebody asks to have harvested. Equal requests have the same ``digest``.

    ``occasion`` tells apart what is else the same: a requester who wants it again names another.
    """

    collection: str
    window: Window
    ids: frozenset[str] = frozenset()
    area: Area | None = None
    variables: frozenset[str] = frozenset()
    force: bool = False
    lane: Lane = Lane.ON_DEMAND
    requester: str = ""
    occasion: str = ""

    @property
    def selection(self) -> Selection | None:
        """Return what is wanted of the window; None for all of it."""
        if not self.ids and self.area is None:
            return None
        return Selection(self.ids, self.area)

    @property
    def document(self) -> dict[str, Any]:
        """Return the request as its JSON Schema says, the same for equal requests."""
        area = self.area
        return {
            "collection": self.collection,
            "start": self.window.start.astimezone(UTC).isoformat(),
            "end": self.window.end.astimezone(UTC).isoformat(),
            "ids": sorted(self.ids),
            "area": area and [area.west, area.south, area.east, area.north],
            "variables": sorted(self.variables),
            "force": self.force,
            "lane": str(self.lane),
            "occasion": self.occasion,
        }

    @property
    def digest(self) -> str:
        """Return the name that what is asked, and who asks it, have in common everywhere."""
        return digest(self.document, self.requester)


def digest(document: Mapping[str, Any], requester: str) -> str:
    """Return the digest of what is asked, and who asks it, whether it can be honoured or not."""
    said = json.dumps({**document, "requester": requester}, sort_keys=True)
    return sha256(said.encode()).hexdigest()[:_NAME_DIGITS]


def read(document: object, requester: str) -> HarvestRequest:
    """Return the request that a JSON document describes.

    Raises:
        NotHonoured: it describes none; what is wrong is named.
    """
    try:
        said = RequestDocument.model_validate(document)
    except ValidationError as error:
        raise NotHonoured("bad-request", _what_is_wrong(error)) from error
    return HarvestRequest(
        collection=said.collection,
        window=Window(said.start, said.end),
        ids=frozenset(said.ids),
        area=None if said.area is None else Area.of(said.area),
        variables=frozenset(said.variables),
        force=said.force,
        lane=said.lane,
        requester=requester,
        occasion=said.occasion,
    )


def schema() -> Mapping[str, Any]:
    """Return the JSON Schema (2020-12) of a request."""
    return RequestDocument.model_json_schema()


def _what_is_wrong(error: ValidationError) -> str:
    found = [
        f"{'.'.join(str(part) for part in wrong['loc']) or 'request'}: {wrong['msg']}"
        for wrong in error.errors()
    ]
    return "; ".join(found)
