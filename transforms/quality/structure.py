"""The structure of a cube as a table: one row per hypercube and axis."""

import pandas as pd

from lake.nouns import Axis, Cube

ORDERED = frozenset({"time", "level", "member", "spatial"})
"""The kinds of axes whose values have an order; others may be labels."""
COLUMNS = ("subject", "kind", "size", "first", "last", "direction")


def structure_table(cube: Cube) -> pd.DataFrame:
    """Return ``subject, kind, size, first, last, direction`` for every axis of the cube.

    ``direction`` is ``rising`` or ``falling``, ``single`` where there is one value, ``still``
    where many values end on the one that they began with, ``wavering`` where they go back and
    forth or stand still in between, and ``unknown`` without values.
    """
    rows = [
        {
            "subject": f"{hypercube.group} axis {axis.name}".strip(),
            "kind": axis.kind,
            "size": axis.size,
            "first": "" if axis.first is None else str(axis.first),
            "last": "" if axis.last is None else str(axis.last),
            "direction": _direction(axis),
        }
        for hypercube in cube.hypercubes
        for axis in hypercube.axes
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _direction(axis: Axis) -> str:
    first, last = axis.first, axis.last
    if axis.size == 1:
        return "single"
    if axis.is_monotonic is False and axis.kind in ORDERED:
        return "wavering"
    if first is None or last is None or isinstance(first, str) != isinstance(last, str):
        return "unknown"
    if first == last:
        return "still"
    # ISO times of one spelling sort as the times do.
    return "rising" if first < last else "falling"  # type: ignore[operator]  # of one type, seen above
