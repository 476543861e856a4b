"""What a decoder plans and the writer carries out: hypercubes whose values are still at rest.

A plan is plain data plus readers, so that the tasks of one plan can run on any executor.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lake.nouns import Axis, LeftOut
from transforms.fields import Instant

Values = NDArray[Any]
Region = tuple[slice, ...]
Index = tuple[int, ...]
Attributes = Mapping[str, Any]
"""CF attributes: JSON scalars, or lists of them."""
BoundingBox = tuple[float, float, float, float]
"""West, south, east, north in degrees; west > east where the box crosses the antimeridian."""

GLOBE: BoundingBox = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """One field of ``count`` cells, of which ``missing`` hold no value.

    Statistics are in float64 over the cells that hold a value, NaN where none does; ``std`` is
    the population's. ``digest`` tells equal fields from others and is empty where all is missing.
    ``clipped`` cells were negative by packing alone, and were written as 0.
    """

    count: int
    missing: int
    minimum: float
    maximum: float
    mean: float
    std: float
    digest: str
    clipped: int = 0


class SlabReader(Protocol):
    """Reads one variable, slab by slab."""

    def read(self, region: Region, out: Values) -> None:
        """Fill ``out`` with the values of ``region``; cells without a value keep what they hold.

        ``region`` has one slice with explicit bounds for each dimension of the variable, and
        covers its spatial dimensions whole.

        Raises:
            UnreadableGranule: the bytes behind the region cannot be decoded.
        """
        ...


@runtime_checkable
class FieldReader(SlabReader, Protocol):
    """Reads one variable also field by field, and measures each while it is in the cache."""

    def read_field(self, index: Index, out: Values, *, is_rounded: bool) -> Measured | None:
        """Fill ``out`` with one field, given by its place along the dimensions before the grid's.

        ``is_rounded`` moves values to the nearest multiple of the field's packing step. Return
        None, and leave ``out`` as it is, where the source does not have the field.

        Raises:
            UnreadableGranule: the bytes behind the field cannot be decoded.
        """
        ...

    def packing_step(self, index: Index) -> float:
        """Return how far neighbouring packed values of a field lie apart; 0 if not known."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Coordinate:
    """A small array that is written whole: a coordinate, its bounds, or a grid mapping."""

    name: str
    dimensions: tuple[str, ...]
    values: Values
    attributes: Attributes = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where the values of a field lie. Two grids are the same where their identities are equal.

    ``listed`` are coordinates as long as a field, which are computed as they are written.
    """

    kind: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    coordinates: tuple[Coordinate, ...]
    mapping: Attributes
    bbox: BoundingBox
    identity: str
    listed: tuple["PlannedVariable", ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PlannedVariable:
    """One array to write.

    ``absent`` are the indices (along the leading dimensions) of fields that the source does not
    have, and ``missing`` says so in words. ``intervals`` are the times of each field that was
    taken over some time, as far as the source tells them. ``cut`` are the extents of chunks and
    of shards where the recipe does not decide.
    """

    name: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fill_value: float | int | str
    attributes: Attributes
    reader: SlabReader
    fields: int
    absent: frozenset[tuple[int, ...]] = frozenset()
    missing: str = ""
    aliases: tuple[str, ...] = ()
    intervals: Mapping[Index, Instant] = field(default_factory=dict)
    cut: tuple[Index, Index] | None = None


NO_GRID = Grid("none", (), (), (), {}, GLOBE, "none")


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """What the indices along some dimensions stand for: times (datetime64), levels or members."""

    dimensions: tuple[str, ...]
    values: Values


@dataclass(frozen=True, slots=True)
class Name:
    """How something would like to be called: a stem, then what tells it from its like."""

    stem: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PlannedHypercube:
    """Variables that share dimensions and grid, to be written as one Zarr group.

    ``coordinate_fields`` counts the coordinates that the source holds as variables of its own.
    """

    name: Name
    axes: tuple[Axis, ...]
    grid: Grid
    coordinates: tuple[Coordinate, ...]
    variables: tuple[PlannedVariable, ...]
    attributes: Attributes
    time: Labels | None = None
    level: Labels | None = None
    member: Labels | None = None
    coordinate_fields: int = 0

    @property
    def arrays(self) -> tuple[PlannedVariable, ...]:
        """All that is written shard by shard: variables, and coordinates as long as a field."""
        return (*self.grid.listed, *self.variables)


@dataclass(frozen=True, slots=True)
class Decoded:
    """All that a decoder found in some granules, planned but not yet read.

    ``remarks`` tell of fields that are in the cube, but not as one would expect.
    """

    hypercubes: tuple[PlannedHypercube, ...]
    fields_read: int
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[LeftOut, ...] = ()
