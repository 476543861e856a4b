"""The box around a grid's points."""

from collections.abc import Sequence
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


def union(boxes: Sequence[BoundingBox]) -> BoundingBox:
    """Return one box around several; across the antimeridian where that is the shorter way."""
    south, north = min(box[1] for box in boxes), max(box[3] for box in boxes)
    spans = sorted(
        (west % 360.0, (east - west) % 360.0 or east - west) for west, _, east, _ in boxes
    )
    # Boxes that reach across 0° cover what lies before the first of them
    reach = max(start + span for start, span in spans) - 360.0
    gaps = []
    for start, span in spans:
        gaps.append((start - reach, start, reach))
        reach = max(reach, start + span)
    widest, west, east = max(gaps)
    if widest <= 0.0:
        return (-180.0, south, 180.0, north)
    return (_to_greenwich(west), south, _to_greenwich(east), north)


def _to_greenwich(longitude: float) -> float:
    return round(float((longitude + 180.0) % 360.0 - 180.0), 6)
