"""The metrics table: one row for each field of each variable, measured while it is written.

The quality gate judges this table; see ``COLUMNS``.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from transforms.plans import Labels, PlannedHypercube, PlannedVariable, Region, Values

COLUMNS = (
    "group",
    "variable",
    "standard_name",
    "unit",
    "time",
    "level",
    "member",
    "count",
    "missing",
    "minimum",
    "maximum",
    "mean",
    "std",
    "digest",
)
FIELD_KINDS = frozenset({"time", "level", "member"})
DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One field of ``count`` cells, of which ``missing`` hold no value.

    Statistics are in float64 and physical units (also where the cube holds packed integers) over
    the cells that hold a value, NaN where none does; ``std`` is the population's. ``digest`` tells
    equal fields from others and is empty where all is missing.
    A field that the source does not have at all has no row.
    """

    group: str
    variable: str
    standard_name: str | None
    unit: str | None
    time: np.datetime64 | None
    level: float | None
    member: int | None
    count: int
    missing: int
    minimum: float
    maximum: float
    mean: float
    std: float
    digest: str


def rows(
    group: str,
    hypercube: PlannedHypercube,
    variable: PlannedVariable,
    region: Region,
    values: Values,
) -> Iterator[Row]:
    """Measure every field of one slab that is about to be written."""
    kinds = {axis.name: axis.kind for axis in hypercube.axes}
    outer = [i for i, d in enumerate(variable.dimensions) if kinds.get(d) in FIELD_KINDS]
    attributes = variable.attributes
    fill = attributes.get("_FillValue")
    scale, offset = attributes.get("scale_factor", 1.0), attributes.get("add_offset", 0.0)
    for place in product(*(range(values.shape[axis]) for axis in outer)):
        at = dict(zip(outer, place, strict=True))
        field = values[tuple(at.get(axis, slice(None)) for axis in range(values.ndim))]
        index = {variable.dimensions[axis]: region[axis].start + i for axis, i in at.items()}
        if tuple(index.values()) in variable.absent:
            continue
        time, level, member = (
            _label(labels, index) for labels in (hypercube.time, hypercube.level, hypercube.member)
        )
        yield Row(
            group,
            variable.name,
            attributes.get("standard_name"),
            attributes.get("units"),
            time,
            None if level is None else float(level),
            None if member is None else int(member),
            *_measured(field, fill, scale, offset),
        )


def table(found: Iterable[Row]) -> pd.DataFrame:
    """Return the rows as a table with ``COLUMNS``; times are UTC, what does not apply is NA."""
    frame = pd.DataFrame([astuple(row) for row in found], columns=list(COLUMNS))
    frame["time"] = pd.to_datetime(frame["time"], utc=True)
    return frame.astype(
        {"level": "float64", "member": "Int64", "count": "int64", "missing": "int64"}
    )


def _label(labels: Labels | None, index: dict[str, int]) -> Any:  # noqa: ANN401 - what they are
    if labels is None or not set(labels.dimensions) <= set(index):
        return None
    return labels.values[tuple(index[d] for d in labels.dimensions)]


def _measured(
    field: Values, fill: float | None, scale: float, offset: float
) -> tuple[int, int, float, float, float, float, str]:
    is_float = field.dtype.kind == "f"
    there = ~np.isnan(field) if is_float else np.full(field.shape, fill is None) | (field != fill)
    held = field[there].astype(np.float64, copy=False)
    if (scale, offset) != (1.0, 0.0):
        held = held * scale + offset
    missing = field.size - held.size
    if not held.size:
        return field.size, missing, np.nan, np.nan, np.nan, np.nan, ""
    mean = float(held.mean())
    away = (held - mean).ravel()
    std = float(np.sqrt(np.dot(away, away) / away.size))
    digest = hashlib.blake2b(np.ascontiguousarray(field).data, digest_size=DIGEST_BYTES)
    return (
        field.size,
        missing,
        float(held.min()),
        float(held.max()),
        mean,
        std,
        digest.hexdigest(),
    )
