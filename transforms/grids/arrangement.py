"""From the order in which a message scans its grid to the order in which a cube keeps it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.grids.geometry import Geometry


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """How the values of one message are put in place (WMO flag table 3.4, or a permutation).

    ``places[i]`` is the cell of the i-th value, where the grid is a list of cells.
    """

    shape: tuple[int, ...]
    by_columns: bool = False
    boustrophedon: bool = False
    flip_rows: bool = False
    flip_columns: bool = False
    places: NDArray[np.int64] | None = None

    def arrange(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the values of a message in the shape and order of the grid."""
        if self.places is not None:
            arranged = np.empty_like(values)
            arranged[self.places] = values
            return arranged
        if len(self.shape) == 1:
            return values
        plane = self._rows(values)
        return plane[:: -1 if self.flip_rows else 1, :: -1 if self.flip_columns else 1]

    def _rows(self, values: NDArray[Any]) -> NDArray[Any]:
        rows, columns = self.shape
        lines = values.reshape((columns, rows) if self.by_columns else (rows, columns))
        if self.boustrophedon:
            lines = lines.copy()
            lines[1::2] = lines[1::2, ::-1]
        return lines.T if self.by_columns else lines


def scanning(geometry: Geometry, rows: int, columns: int, northward: bool) -> Arrangement:
    """Return how a rectangular grid is scanned, into rows that run north- or southward."""
    return Arrangement(
        shape=(rows, columns),
        by_columns=geometry.flag("jPointsAreConsecutive"),
        boustrophedon=geometry.flag("alternativeRowScanning"),
        flip_rows=geometry.flag("jScansPositively") != northward,
        flip_columns=geometry.flag("iScansNegatively"),
    )
