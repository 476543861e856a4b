"""Where the values of a field lie: latitudes and longitudes in degrees, in the order of GRIB."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import healpix
import numpy as np
from numpy.typing import NDArray

CIRCLE_DEGREES = 360.0


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Latitudes and longitudes in degrees, one of each a value."""

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]


class Grid(Protocol):
    """Something hashable that knows its points."""

    def points(self) -> Points:
        """The points in the order in which a GRIB message holds their values."""
        ...

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class RegularGrid:
    """Latitude-longitude boxes, north to south and west to east; the whole globe by default."""

    step: float
    north: float = 90.0
    west: float = 0.0
    south: float = -90.0
    east: float = 359.999

    def __post_init__(self) -> None:
        if not 0.1 <= self.step <= 30:  # noqa: PLR2004 - what one process can make in seconds
            raise ValueError(f"expected a grid step of 0.1 to 30 degrees, came {self.step}")
        if not -90 <= self.south <= self.north <= 90:  # noqa: PLR2004 - the poles
            raise ValueError(f"expected -90 <= south <= north <= 90, came {self}")
        if not self.west <= self.east <= self.west + CIRCLE_DEGREES:
            raise ValueError(f"expected west <= east <= west + 360, came {self}")

    @property
    def latitudes(self) -> NDArray[np.float64]:
        """The rows, from the north."""
        rows = int((self.north - self.south) / self.step + 1e-9) + 1
        return self.north - self.step * np.arange(rows, dtype=np.float64)

    @property
    def longitudes(self) -> NDArray[np.float64]:
        """The columns, from the west; a full circle does not repeat its first meridian."""
        columns = int((self.east - self.west) / self.step + 1e-9) + 1
        count = min(columns, int(CIRCLE_DEGREES / self.step + 1e-9))
        return self.west + self.step * np.arange(count, dtype=np.float64)

    def points(self) -> Points:
        """Row by row."""
        latitude, longitude = np.meshgrid(self.latitudes, self.longitudes, indexing="ij")
        return Points(latitude.ravel(), longitude.ravel())


@dataclass(frozen=True, slots=True)
class OctahedralGrid:
    """ECMWF's reduced Gaussian grid ``O<n>``: 20 points beside the pole, 4 more on each row."""

    n: int

    @property
    def row_lengths(self) -> tuple[int, ...]:
        """Points on each of the 2n rows, from the north."""
        half = tuple(20 + 4 * row for row in range(self.n))
        return half + half[::-1]

    @property
    def latitudes(self) -> NDArray[np.float64]:
        """The Gaussian latitudes, from the north."""
        roots, _ = np.polynomial.legendre.leggauss(2 * self.n)
        return np.degrees(np.arcsin(roots))[::-1]

    def points(self) -> Points:
        """Row by row, each from Greenwich eastwards."""
        lengths = self.row_lengths
        longitude = [np.arange(length) * (CIRCLE_DEGREES / length) for length in lengths]
        return Points(np.repeat(self.latitudes, lengths), np.concatenate(longitude))


@dataclass(frozen=True, slots=True)
class HealpixGrid:
    """HEALPix with ``12 * nside**2`` cells of equal area, numbered nested or by rings."""

    nside: int
    nested: bool

    def points(self) -> Points:
        """The centres of the cells in the order of their numbers."""
        cells = np.arange(12 * self.nside**2)
        longitude, latitude = healpix.pix2ang(self.nside, cells, nest=self.nested, lonlat=True)
        return Points(latitude, longitude)


@lru_cache(maxsize=32)
def points_of(grid: Grid) -> Points:
    """The points of a grid, computed once."""
    return grid.points()
