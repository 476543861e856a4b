"""What a source says of its grid, before it is understood."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transforms.errors import UnsupportedGrid

Degrees = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """A grid in the words of GRIB: its ``gridType``, its keys, and where its points lie.

    ``latitudes`` and ``longitudes`` are in degrees in the order of the values, one for each of
    ``points``; both are None where the source cannot tell, or where the keys say it all.
    """

    kind: str
    points: int
    keys: Mapping[str, float]
    points_per_row: tuple[int, ...] = ()
    latitudes: Degrees | None = None
    longitudes: Degrees | None = None

    def flag(self, key: str) -> bool:
        """Return whether a flag is set; what is not given is not set."""
        return bool(self.keys.get(key, 0))

    def whole(self, key: str) -> int:
        """Return a key that counts something, 0 where it is not given."""
        return int(self.keys.get(key, 0))

    def positions(self) -> tuple[Degrees, Degrees]:
        """Return latitudes and longitudes of the points in the order of the values.

        Raises:
            UnsupportedGrid: the source does not tell them.
        """
        if self.latitudes is None or self.longitudes is None:
            raise UnsupportedGrid(
                f"expected the positions of a {self.kind} grid, came none;"
                " ask the provider for a grid that says where its points lie"
            )
        return self.latitudes, self.longitudes
