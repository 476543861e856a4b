"""One field: a horizontal slice of one variable at one time, level and member, still at rest."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

ALONE = -1
"""The number of a member or realization where there is only one and it bears no number."""


class Instant(NamedTuple):
    """The times of a field in seconds since 1970-01-01 UTC; ``start`` is an interval's begin."""

    valid: int
    reference: int
    start: int

    @property
    def step_seconds(self) -> int:
        """Forecast period up to the valid time, in seconds."""
        return self.valid - self.reference


class Level(NamedTuple):
    """A vertical position in the unit of its kind (see ``transforms.levels``)."""

    kind: str
    value: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Parameter:
    """What was measured, as the source names it."""

    param_id: int
    name: str
    standard_name: str | None
    unit: str | None
    long_name: str
    short_name: str


@dataclass(frozen=True, slots=True)
class Product:
    """All that a field is apart from its place in time, on the grid and in the file.

    ``facets`` tell models, experiments, streams … apart and are never merged; ``traits`` tell
    variables of one parameter apart (a percentile, a wave direction, …). ``member`` and
    ``realization`` are ``ALONE`` where there is no such thing.
    """

    parameter: Parameter
    level: Level
    statistic: str
    facets: tuple[tuple[str, str], ...]
    traits: tuple[tuple[str, str], ...]
    member: int
    realization: int
    start_seconds: int
    end_seconds: int


@dataclass(frozen=True, slots=True)
class Packing:
    """How finely, and up to which magnitude, the source holds its values."""

    step: float
    peak: float

    @property
    def dtype(self) -> np.dtype[Any]:
        """The smallest float in which two neighbouring packed values stay apart."""
        with np.errstate(over="ignore"):
            peak = np.float32(abs(self.peak))
        if not np.isfinite(peak) or 0 < self.step < float(np.spacing(peak)):
            return np.dtype("float64")
        return np.dtype("float32")


@dataclass(frozen=True, slots=True)
class Field:
    """One field and where its bytes lie: ``message`` numbers it within its decoder's index."""

    product: Product
    instant: Instant
    grid: str
    packing: Packing
    message: int
    where: str
