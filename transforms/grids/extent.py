"""The box around a grid's points."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.plans import BoundingBox

ALL_AROUND_GAP_DEGREES = 1.0
REGULAR_GAP_RATIO = 1.5


def bounding_box(latitudes: NDArray[Any], longitudes: NDArray[Any]) -> BoundingBox:
    """Return west, south, east, north of points; west > east across the antimeridian.

    The widest gap between neighbouring longitudes lies outside the box, unless it is no wider
    than the others: then the points go all around.
    """
    south, north = float(np.nanmin(latitudes)), float(np.nanmax(latitudes))
    around = np.unique(np.round(np.mod(longitudes[np.isfinite(longitudes)], 360.0), 6) % 360.0)
    gaps = np.diff(around, append=around[:1] + 360.0)
    widest = int(np.argmax(gaps))
    others = np.delete(gaps, widest)
    wide = max(ALL_AROUND_GAP_DEGREES, REGULAR_GAP_RATIO * float(others.max(initial=0.0)))
    if gaps[widest] <= wide:
        return (-180.0, south, 180.0, north)
    west, east = around[(widest + 1) % around.size], around[widest]
    return (_to_greenwich(west), south, _to_greenwich(east), north)


def _to_greenwich(longitude: float) -> float:
    return round(float((longitude + 180.0) % 360.0 - 180.0), 6)
