"""How a collection wants its cubes: the ``recipe`` of its YAML file."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

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


class Chunks(BaseModel):
    """The most that one chunk extends along axes of a kind; what is not given is derived."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time: PositiveInt | None = None
    level: PositiveInt | None = None
    member: PositiveInt | None = None
    spatial: PositiveInt | None = None


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
    memory_mb: int = Field(
        default=512,
        ge=LEAST_MEMORY_MB,
        description="Memory that a conversion may take (MB); less of it makes shorter shards.",
    )
