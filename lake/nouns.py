"""The six nouns that the stages hand on, in the order in which one granule meets them.

    Offer -> Granule -> Cube -> Verdict -> Item -> Signal

All are frozen; all times are UTC-aware; all windows are half-open ``[start, end)``.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NewType

OfferId = NewType("OfferId", int)
ItemId = NewType("ItemId", int)
"""Row ids in the ledger: what Airflow carries between tasks instead of data."""


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open interval of time, ``[start, end)``, in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError(f"expected UTC-aware times, came {self.start} and {self.end}")
        if self.start >= self.end:
            raise ValueError(f"expected start before end, came [{self.start}, {self.end})")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a provider says it has: a product to fetch, or an order that it would answer.

    ``native_id`` is the provider's own id, or, for an order, the digest of the canonical request.
    ``stamp`` is the provider's publication time as it wrote it; with none, content decides what
    is a new revision. ``product`` is the harvester's own record of how to reach it, opaque here.
    ``fields_planned`` is how many fields its order asks for, where that can be told.
    """

    collection: str
    provider: str
    native_id: str
    stamp: str | None
    part: str
    item_key: str
    window: Window
    needs_order: bool
    product: str
    fields_planned: int | None = None


@dataclass(frozen=True, slots=True)
class Granule:
    """Bytes at rest, verified. The digest is the identity: a multihash in hex (sha2-256)."""

    digest: str
    size: int
    media_type: str
    location: str
    part: str = "main"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension of a hypercube; ``first`` and ``last`` are ISO times or numbers.

    ``is_monotonic`` says whether the source's values rise or fall all the way; None where they
    were put in order by us, or where there are none.
    """

    name: str
    kind: str  # "time" | "level" | "member" | "spatial" | "other"
    size: int
    first: str | float | None = None
    last: str | float | None = None
    unit: str | None = None
    is_monotonic: bool | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """One array of a hypercube, described as CF does."""

    name: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str
    unit: str | None = None
    standard_name: str | None = None
    long_name: str | None = None


@dataclass(frozen=True, slots=True)
class Hypercube:
    """Variables that share dimensions and grid: one Zarr group (``""`` is the root).

    ``overviews`` are the groups of its coarser levels, the finest first.
    """

    group: str
    axes: tuple[Axis, ...]
    variables: tuple[Variable, ...]
    grid: str  # "regular_ll" | "reduced_gg" | "healpix" | "lambert" | ... | "none"
    grid_mapping: dict[str, Any] = field(default_factory=dict)  # CF attributes, JSON scalars only
    overviews: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of the source that is not in the cube, and why. Nothing is dropped in silence."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cube:
    """One complete Zarr store and its facts."""

    location: str
    digest: str  # multihash over the sorted (path, sha2-256) of every object in the store
    size: int
    hypercubes: tuple[Hypercube, ...]
    start: datetime | None
    end: datetime | None  # the last valid time, inclusive, as STAC's end_datetime
    bbox: tuple[float, float, float, float]  # west, south, east, north in degrees
    fields_read: int  # GRIB messages, or NetCDF variables
    fields_written: int
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation and what was observed."""

    expectation: str
    subject: str
    expected: str
    observed: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the quality gate found. ``passed`` is false too where nothing could be measured."""

    suite: str
    version: str
    passed: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Waiver:
    """A named person's word that a cube goes out though the gate said no, and what it said."""

    by: str
    at: datetime
    reason: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """What is published: one revision of (collection, key), and its STAC item as JSON."""

    collection: str
    key: str
    revision: str
    stac: str


@dataclass(frozen=True, slots=True)
class Signal:
    """What is told of an item or a harvest: a CloudEvent whose id follows from what happened."""

    id: str
    type: str
    subject: str  # "collection/key", or "collection" of a harvest; what is told of it is in order
    time: datetime
    data: str  # as JSON: the STAC item, or what its type says
