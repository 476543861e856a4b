"""How a collection wants its cubes: the ``recipe`` of its YAML file."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveInt, model_validator

LEAST_MEMORY_MB = 256


class Codec(StrEnum):
    """How to compress: see ``docs/adr/0008`` for what each costs.

    ``fast`` and ``balanced`` keep every bit. ``rounded`` and ``archive`` move each packed value to
    the nearest multiple of its field's packing step, so by half a step at most: no more than the
    source itself left open. ``archive`` is the smallest, and needs pcodec to be read.
    """

    FAST = "fast"
    BALANCED = "balanced"
    ROUNDED = "rounded"
    ARCHIVE = "archive"

    @property
    def is_rounding(self) -> bool:
        """Whether values are moved to multiples of their packing step."""
        return self in {Codec.ROUNDED, Codec.ARCHIVE}


class Precision(StrEnum):
    """Which floats to write. ``auto`` is float32 unless the source holds values more finely."""

    AUTO = "auto"
    FLOAT32 = "float32"
    FLOAT64 = "float64"


class Layout(StrEnum):
    """Where a reader finds the fields: in one cube an item, or besides in one a collection."""

    ITEM = "item"
    CUBE = "cube"


class Chunks(BaseModel):
    """The most that one chunk extends along axes of a kind; what is not given is derived."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time: PositiveInt | None = None
    level: PositiveInt | None = None
    member: PositiveInt | None = None
    spatial: PositiveInt | None = None


MOST_OVERVIEWS = 12
MOST_STEPS = 1_000_000
"""How long a growing cube's time axis may be: 114 years of hours."""


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_utc)]


class Growth(BaseModel):
    """The time axis of a collection's growing cube: equal steps, laid out before data come."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: Moment = Field(description="The first time, UTC.")
    step: timedelta = Field(description="From one time to the next, as PT1H or P1D.")
    end: Moment | None = Field(
        default=None, description="Where it ends, exclusive, UTC; empty lets it grow in strides."
    )
    chunks: Chunks | None = Field(
        default=None, description="Chunk extents of the growing cube; empty takes the recipe's."
    )

    @model_validator(mode="after")
    def _has_steps(self) -> Self:
        if self.step < timedelta(seconds=1) or self.step.microseconds:
            raise ValueError(f"expected a step of whole seconds, came {self.step}; write PT1H")
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"expected end after start, came {self.start} and {self.end}")
        if self.end is not None and (self.end - self.start) / self.step > MOST_STEPS:
            raise ValueError(
                f"expected at most {MOST_STEPS} steps, came more between {self.start} and "
                f"{self.end}; write a longer step or an earlier end"
            )
        return self


class Overviews(BaseModel):
    """Coarser levels beside the full resolution, each with half as many cells either way."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    levels: int = Field(ge=1, le=MOST_OVERVIEWS, description="How many.")


class Recipe(BaseModel):
    """What to keep of the granules and how to lay it out. The defaults suit maps and series."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    variables: tuple[str, ...] = Field(
        default=(), description="Names to keep, ours (t2m) or the source's (2t); empty keeps all."
    )
    chunks: Chunks = Field(default=Chunks(), description="Chunk extents by kind of axis.")
    shards: bool = Field(default=True, description="Whether small chunks share an object.")
    codec: Codec = Field(default=Codec.BALANCED, description="How to compress.")
    precision: Precision = Field(default=Precision.AUTO, description="Which floats to write.")
    deaccumulate: bool | tuple[str, ...] = Field(
        default=False,
        description="Whether sums since the start of a forecast (tp, ssrd, …) become what came "
        "between one step and the next; or the names of those that do.",
    )
    overviews: Overviews | None = Field(
        default=None, description="Coarser levels for maps; empty makes none."
    )
    memory_mb: int = Field(
        default=512,
        ge=LEAST_MEMORY_MB,
        description="Memory that a conversion may take (MB); less of it makes shorter shards.",
    )
    layout: Layout = Field(
        default=Layout.ITEM, description="One cube an item, or besides a growing one of them all."
    )
    growth: Growth | None = Field(
        default=None, description="The time axis of the growing cube; `layout: cube` needs it."
    )

    @model_validator(mode="after")
    def _growth_belongs_to_layout_cube(self) -> Self:
        if (self.layout is Layout.CUBE) != (self.growth is not None):
            raise ValueError(
                "expected `growth: {start: …, step: …}` with `layout: cube` and nowhere else; "
                f"came `layout: {self.layout}` {'with' if self.growth else 'without'} growth"
            )
        return self
