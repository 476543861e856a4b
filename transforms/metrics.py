"""The metrics table: one row for each field of each variable, measured while it is written.

The quality gate judges this table; see ``COLUMNS``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from transforms.measures import measured
from transforms.plans import (
    Index,
    Labels,
    Measured,
    PlannedHypercube,
    PlannedVariable,
    Region,
    Values,
)

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
    "clipped",
)
FIELD_KINDS = frozenset({"time", "level", "member"})


@dataclass(frozen=True, slots=True)
class Row:
    """One field, labelled and measured; one that the source does not have has no row."""

    group: str
    variable: str
    standard_name: str | None
    unit: str | None
    time: np.datetime64 | None
    level: float | None
    member: int | None
    measured: Measured


def rows(
    group: str,
    hypercube: PlannedHypercube,
    variable: PlannedVariable,
    region: Region,
    fields: Mapping[Index, Measured],
) -> Iterator[Row]:
    """Label what was measured in a region: one row for each field, by its place there."""
    attributes = variable.attributes
    outer = field_axes(hypercube, variable)
    for place, found in fields.items():
        index = {
            variable.dimensions[axis]: region[axis].start + at
            for axis, at in zip(outer, place, strict=True)
        }
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
            found,
        )


def field_axes(hypercube: PlannedHypercube, variable: PlannedVariable) -> list[int]:
    """Return the axes of a variable along which each index is a field of its own."""
    kinds = {axis.name: axis.kind for axis in hypercube.axes}
    return [i for i, name in enumerate(variable.dimensions) if kinds.get(name) in FIELD_KINDS]


def measured_fields(
    hypercube: PlannedHypercube, variable: PlannedVariable, values: Values
) -> dict[Index, Measured]:
    """Measure every field of a slab, in physical units also where the cube packs them."""
    outer = field_axes(hypercube, variable)
    attributes = variable.attributes
    fill = attributes.get("_FillValue")
    scale, offset = attributes.get("scale_factor", 1.0), attributes.get("add_offset", 0.0)
    found = {}
    for place in product(*(range(values.shape[axis]) for axis in outer)):
        at = dict(zip(outer, place, strict=True))
        field = values[tuple(at.get(axis, slice(None)) for axis in range(values.ndim))]
        found[place] = measured(field, fill, scale, offset)
    return found


def table(found: Iterable[Row]) -> pd.DataFrame:
    """Return the rows as a table with ``COLUMNS``; times are UTC, what does not apply is NA."""
    flat = [(*labels, *measures) for *labels, measures in map(astuple, found)]
    frame = pd.DataFrame(flat, columns=list(COLUMNS))
    frame["time"] = pd.to_datetime(frame["time"], utc=True)
    return frame.astype(
        {"level": "float64", "member": "Int64"}
        | dict.fromkeys(("count", "missing", "clipped"), "int64")
    )


def _label(labels: Labels | None, index: dict[str, int]) -> Any:  # noqa: ANN401 - what they are
    if labels is None or not set(labels.dimensions) <= set(index):
        return None
    return labels.values[tuple(index[d] for d in labels.dimensions)]
