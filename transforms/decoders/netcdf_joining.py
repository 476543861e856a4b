"""Granules of one item that hold the same variables at other times, joined along time.

Only what is alike in all but its times is joined. What has the same variables and cannot be
joined stays apart, and the reason is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lake.nouns import LeftOut
from transforms.decoders.cf_axes import SINCE, retimed
from transforms.decoders.netcdf_group import axis_of
from transforms.decoders.netcdf_likeness import (
    Unlike,
    require_alike,
    require_later,
    time_dimension,
)
from transforms.plans import (
    Attributes,
    Coordinate,
    Labels,
    PlannedHypercube,
    PlannedVariable,
    Region,
    SlabReader,
    Values,
)

Run = Sequence[PlannedHypercube]
"""Hypercubes whose times follow each other."""


@dataclass(frozen=True, slots=True)
class JoinedSlabs:
    """Reads several parts of one variable that follow each other along an axis."""

    axis: int
    parts: tuple[tuple[int, int, SlabReader], ...]

    def read(self, region: Region, out: Values) -> None:
        """Read a region; see ``SlabReader``."""
        wanted = region[self.axis]
        for start, stop, reader in self.parts:
            first, last = max(wanted.start, start), min(wanted.stop, stop)
            if first < last:
                inner, outer = list(region), [slice(None)] * len(region)
                inner[self.axis] = slice(first - start, last - start)
                outer[self.axis] = slice(first - wanted.start, last - wanted.start)
                reader.read(tuple(inner), out[tuple(outer)])


def joined(hypercubes: Run) -> tuple[list[PlannedHypercube], list[LeftOut]]:
    """Join hypercubes of the same variables along time, and tell what came of it."""
    alike: dict[frozenset[str], list[list[PlannedHypercube]]] = {}
    remarks: list[LeftOut] = []
    for hypercube in sorted(hypercubes, key=_first_time):
        runs = alike.setdefault(frozenset(v.name for v in hypercube.variables), [])
        reasons = [_reason(run, hypercube) for run in runs] if hypercube.variables else []
        if "" in reasons:
            runs[reasons.index("")].append(hypercube)
            continue
        if reasons:
            remarks.append(LeftOut(_label(hypercube), f"in the cube, but apart: {reasons[0]}"))
        runs.append([hypercube])
    found = [run for runs in alike.values() for run in runs]
    remarks += [remark for run in found for remark in _differing(run)]
    return [_joined(run) if run[1:] else run[0] for run in found], remarks


def _first_time(hypercube: PlannedHypercube) -> tuple[str, str]:
    times = hypercube.time
    return str(times.values.ravel()[0]) if times is not None else "", _label(hypercube)


def _label(hypercube: PlannedHypercube) -> str:
    return dict(hypercube.name.details).get("part", hypercube.name.stem)


def _reason(run: Run, then: PlannedHypercube) -> str:
    """Return why a hypercube cannot follow a run, or nothing."""
    try:
        require_alike(run[0], then)
        require_later(run[-1], then)
    except Unlike as why:
        return f"it has the same variables as {_label(run[0])}, but {why}"
    return ""


def _joined(run: Run) -> PlannedHypercube:
    first, axis = run[0], time_dimension(run[0]) or ""
    coordinates = {c.name: _joined_coordinate(run, c, axis) for c in first.coordinates}
    times = np.concatenate([h.time.values for h in run if h.time is not None])
    return replace(
        first,
        axes=tuple(
            axis_of(axis, len(times), coordinates.get(axis)) if known.name == axis else known
            for known in first.axes
        ),
        coordinates=tuple(coordinates.values()),
        variables=tuple(_joined_variable(run, variable, axis) for variable in first.variables),
        attributes=_common([h.attributes for h in run]),
        time=Labels((axis,), times),
        coordinate_fields=sum(h.coordinate_fields for h in run),
    )


def _joined_coordinate(run: Run, first: Coordinate, axis: str) -> Coordinate:
    found = [next(c for c in h.coordinates if c.name == first.name) for h in run]
    attributes = _common([c.attributes for c in found])
    if "units" in first.attributes:
        attributes["units"] = first.attributes["units"]
    if axis not in first.dimensions:
        return replace(first, attributes=attributes)
    parts = [_in_units_of(run[0], h, c) for h, c in zip(run, found, strict=True)]
    values = np.concatenate(parts, axis=first.dimensions.index(axis))
    return replace(first, values=values, attributes=attributes)


def _in_units_of(
    first: PlannedHypercube, then: PlannedHypercube, coordinate: Coordinate
) -> Values:
    """Return times, and the bounds of times, as the first hypercube counts them."""
    wanted, given = (_clock(hypercube, coordinate.name) for hypercube in (first, then))
    if SINCE not in str(wanted.get("units", "")) or wanted.get("units") == given.get("units"):
        return coordinate.values
    found = retimed(coordinate.values, given, str(wanted["units"]))
    return coordinate.values if found is None else found


def _clock(hypercube: PlannedHypercube, name: str) -> Attributes:
    """Return the attributes that count a coordinate; bounds are counted as what they bound."""
    about = {c.name: c.attributes for c in hypercube.coordinates}
    bounded = (a for a in about.values() if str(a.get("bounds", "")) == name)
    return about[name] if "units" in about[name] else next(bounded, about[name])


def _joined_variable(run: Run, first: PlannedVariable, axis: str) -> PlannedVariable:
    found = [next(v for v in h.variables if v.name == first.name) for h in run]
    alike = replace(
        first,
        fields=sum(variable.fields for variable in found),
        attributes=_common([variable.attributes for variable in found]),
    )
    if axis not in first.dimensions:
        return alike
    along = first.dimensions.index(axis)
    ends = np.cumsum([variable.shape[along] for variable in found]).tolist()
    shape = (*first.shape[:along], ends[-1], *first.shape[along + 1 :])
    starts = (0, *ends[:-1])
    parts = zip(starts, ends, (variable.reader for variable in found), strict=True)
    return replace(alike, shape=shape, reader=JoinedSlabs(along, tuple(parts)))


def _common(attributes: Sequence[Attributes]) -> dict[str, Any]:
    """Return the attributes that all have alike."""
    first, *others = attributes
    return {
        name: value
        for name, value in first.items()
        if all(name in other and other[name] == value for other in others)
    }


def _differing(run: Run) -> list[LeftOut]:
    """Return the attributes of a joined group that its granules do not have in common."""
    lost = {name for h in run for name in h.attributes} - set(_common([h.attributes for h in run]))
    if not lost:
        return []
    reason = f"attributes differ between {len(run)} joined granules: {', '.join(sorted(lost))}"
    return [LeftOut(_label(run[0]), reason)]
