"""Gaussian latitudes, and the positions of reduced grids from their rows, part by part."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from transforms.grids.geometry import Geometry
from transforms.plans import Region, Values

CIRCLE_DEGREES = 360.0
AGREEMENT_DEGREES = 2e-3
"""How far a corner may be rounded: GRIB 1 counts millidegrees."""
NEWTON_STEPS = 8


@dataclass(frozen=True, slots=True)
class RowPositions:
    """Reads latitudes, or longitudes, of the cells of a global reduced Gaussian grid."""

    points_per_row: tuple[int, ...]
    is_longitude: bool

    def read(self, region: Region, out: Values) -> None:
        """Compute the positions of some cells; see ``SlabReader``."""
        (part,) = region
        lengths = np.array(self.points_per_row)
        starts = np.cumsum(lengths) - lengths
        cells = np.arange(part.start, part.stop)
        rows = np.searchsorted(starts, cells, side="right") - 1
        if self.is_longitude:
            out[...] = (cells - starts[rows]) * CIRCLE_DEGREES / lengths[rows]
        else:
            out[...] = latitudes(lengths.size // 2)[rows]


def is_global(geometry: Geometry) -> bool:
    """Return whether a reduced grid has all its rows, each whole and from Greenwich."""
    rows, n = geometry.points_per_row, geometry.whole("N")
    if not n or len(rows) != 2 * n or sum(rows) != geometry.points or min(rows) < 1:
        return False
    pole = float(latitudes(n)[0])
    corners = {
        "latitudeOfFirstGridPointInDegrees": pole,
        "latitudeOfLastGridPointInDegrees": -pole,
        "longitudeOfFirstGridPointInDegrees": 0.0,
        "longitudeOfLastGridPointInDegrees": CIRCLE_DEGREES - CIRCLE_DEGREES / max(rows),
    }
    given = {key: geometry.keys.get(key, np.inf) for key in corners}
    return all(abs(given[key] - said) <= AGREEMENT_DEGREES for key, said in corners.items())


@lru_cache(maxsize=4)
def latitudes(n: int) -> NDArray[np.float64]:
    """Return the 2n Gaussian latitudes in degrees from the north: roots of Legendre's P_2n."""
    degree = 2 * n
    # Tricomi's estimate, then Newton on the recurrence
    angle = np.pi * (np.arange(n) + 0.75) / (degree + 0.5)
    root = np.cos(angle) * (1 - (degree - 1) / (8 * degree**3))
    for _ in range(NEWTON_STEPS):
        value, slope = _legendre(degree, root)
        step = value / slope
        root -= step
        if np.abs(step).max() < np.finfo(float).eps:
            break
    north = np.degrees(np.arcsin(root))
    return np.concatenate([north, -north[::-1]])


def _legendre(degree: int, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return the Legendre polynomial of a degree at x, and its slope."""
    before, value = np.ones_like(x), x
    for k in range(2, degree + 1):
        before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
    return value, degree * (x * value - before) / (x * x - 1)
