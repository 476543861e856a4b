"""The ``stac:`` block of a collection's YAML: what only its keeper knows of it."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

Role = Literal["licensor", "producer", "processor", "host"]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


class StacProvider(BaseModel):
    """Somebody who licenses, produces, processes or hosts the data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1)]
    roles: tuple[Role, ...] = ()
    url: str | None = None
    description: str | None = None


class StacLink(BaseModel):
    """A page that belongs to the collection: its licence, its documentation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rel: Annotated[str, Field(min_length=1)]
    href: Annotated[str, Field(min_length=1)]
    type: str | None = None
    title: str | None = None


Doi = Annotated[str, Field(pattern=r"^10\.[0-9a-zA-Z]{4,}/\S+$")]


class StacPublication(BaseModel):
    """A publication about the data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    doi: Doi
    citation: str | None = None


class StacTemplate(BaseModel):
    """How a collection describes itself; extents are taken from its items where not given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Annotated[str, Field(min_length=1)]
    description: Annotated[str, Field(min_length=1, description="CommonMark is welcome.")]
    license: Annotated[
        str,
        Field(pattern=r"^[\w.+-]+$", description="SPDX id or expression, or 'other' with a link."),
    ] = "other"
    keywords: tuple[str, ...] = ()
    providers: tuple[StacProvider, ...] = ()
    links: tuple[StacLink, ...] = ()
    doi: Annotated[
        Doi | None, Field(description="Of the data, such as 10.24381/cds.adbb2d47.")
    ] = None
    citation: Annotated[str | None, Field(description="How the data are to be cited.")] = None
    publications: tuple[StacPublication, ...] = ()
    bbox: Annotated[
        tuple[Longitude, Latitude, Longitude, Latitude] | None,
        Field(description="West, south, east, north in degrees; west > east crosses 180°."),
    ] = None
    start: Annotated[AwareDatetime | None, Field(description="When the data begin.")] = None
    end: Annotated[AwareDatetime | None, Field(description="When they end; null: open.")] = None
    partition: Annotated[
        Literal["year", "month"] | None,
        Field(description="How pgstac divides its items; for more than some 100,000 of them."),
    ] = None

    @model_validator(mode="after")
    def _extents_are_in_order(self) -> Self:
        if self.bbox is not None and self.bbox[1] > self.bbox[3]:
            raise ValueError("bbox is west, south, east, north: south must not exceed north")
        if self.start and self.end and self.start > self.end:
            raise ValueError("start must not be after end")
        return self

    @property
    def interval(self) -> tuple[datetime | None, datetime | None] | None:
        """Return the temporal extent, or None where the items are to say it."""
        return None if self.start is None and self.end is None else (self.start, self.end)
