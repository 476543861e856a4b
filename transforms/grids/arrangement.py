"""From the order in which a message scans its grid to the order in which a cube keeps it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import healpix
import numpy as np
from numpy.typing import NDArray

from transforms.grids.geometry import Geometry

PART = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """How the values of one message are put in place (WMO flag table 3.4).

    ``ring_side`` is the Nside of HEALPix values that come ring by ring and are kept nested; 0
    where they need not be moved.
    """

    shape: tuple[int, ...]
    by_columns: bool = False
    boustrophedon: bool = False
    flip_rows: bool = False
    flip_columns: bool = False
    ring_side: int = 0

    def arrange(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the values of a message in the shape and order of the grid."""
        if self.ring_side:
            return _nested(values, self.ring_side)
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


def _nested(values: NDArray[Any], side: int) -> NDArray[Any]:
    """Bring values from ring to nested order, part by part: an index of all would be large."""
    arranged = np.empty_like(values)
    order = _ring_numbers(side)
    for at in range(0, values.size, PART):
        arranged[at : at + PART] = values[order[at : at + PART]]
    return arranged


@lru_cache(maxsize=2)
def _ring_numbers(side: int) -> NDArray[np.uint32]:
    """Return the ring number of every cell in nested order."""
    order = np.empty(12 * side * side, np.uint32)
    for at in range(0, order.size, PART):
        cells = np.arange(at, min(at + PART, order.size))
        order[at : at + PART] = healpix.nest2ring(side, cells)
    return order


def scanning(geometry: Geometry, rows: int, columns: int, northward: bool) -> Arrangement:
    """Return how a rectangular grid is scanned, into rows that run north- or southward."""
    return Arrangement(
        shape=(rows, columns),
        by_columns=geometry.flag("jPointsAreConsecutive"),
        boustrophedon=geometry.flag("alternativeRowScanning"),
        flip_rows=geometry.flag("jScansPositively") != northward,
        flip_columns=geometry.flag("iScansNegatively"),
    )
