"""Whether two hypercubes with the same variables differ in nothing but their times."""

import numpy as np

from transforms.decoders.cf_axes import SINCE, retimed
from transforms.decoders.netcdf_group import WHOLE_BYTES
from transforms.plans import Coordinate, PlannedHypercube, PlannedVariable, Values

ESSENTIAL = frozenset(
    {"units", "standard_name", "long_name", "cell_methods", "calendar", "positive"}
    | {"flag_values", "flag_meanings", "grid_mapping", "coordinates", "bounds"}
    | {"scale_factor", "add_offset", "_FillValue"}
)
"""Attributes without which values mean something else; others may differ, and are then dropped."""


class Unlike(Exception):
    """Two hypercubes differ in more than their times; the message says in what."""


def require_alike(first: PlannedHypercube, then: PlannedHypercube) -> None:
    """Check that two hypercubes of the same variables differ in nothing but their times.

    Raises:
        Unlike: they do.
    """
    axis = time_dimension(first)
    if axis is None or axis != time_dimension(then):
        raise Unlike("there is no common time axis to join along")
    sizes = [{a.name: a.size for a in h.axes if a.name != axis} for h in (first, then)]
    if sizes[0] != sizes[1]:
        raise Unlike(f"the sizes are {sizes[1]} instead of {sizes[0]}")
    coordinates = [{c.name: c for c in h.coordinates} for h in (first, then)]
    if coordinates[0].keys() != coordinates[1].keys():
        other = coordinates[0].keys() ^ coordinates[1].keys()
        raise Unlike(f"only one of the two has the coordinates {', '.join(sorted(other))}")
    for name, coordinate in coordinates[0].items():
        _require_same_coordinate(coordinate, coordinates[1][name], axis)
    variables = {variable.name: variable for variable in then.variables}
    for variable in first.variables:
        _require_same_variable(variable, variables[variable.name], axis)


def time_dimension(hypercube: PlannedHypercube) -> str | None:
    """Return the dimension that its times lie along, if there is one."""
    labels = hypercube.time
    return labels.dimensions[0] if labels is not None and len(labels.dimensions) == 1 else None


def require_later(first: PlannedHypercube, then: PlannedHypercube) -> None:
    """Check that all times of the second come after those of the first.

    Raises:
        Unlike: they do not.
    """
    before, after = (h.time.values for h in (first, then) if h.time is not None)
    both = np.concatenate([before, after])
    if np.isnat(both).any():
        raise Unlike("not all of its times are dates of the usual calendar")
    if not (np.diff(both) > np.timedelta64(0)).all():
        raise Unlike(
            f"its times overlap: {after[0]} to {after[-1]} does not follow"
            f" {before[0]} to {before[-1]}"
        )


def _require_same_coordinate(first: Coordinate, then: Coordinate, axis: str) -> None:
    if first.dimensions != then.dimensions or first.values.dtype.kind != then.values.dtype.kind:
        raise Unlike(f"{first.name} has other dimensions or another type")
    is_timed = axis in first.dimensions
    if not is_timed and not _is_equal(first.values, then.values):
        raise Unlike(f"{first.name} has other values")
    units = str(first.attributes.get("units", ""))
    is_time = is_timed and SINCE in units
    _require_same_meaning(first, then, frozenset({"units"}) if is_time else frozenset())
    if is_time and retimed(then.values, then.attributes, units) is None:
        raise Unlike(f"{first.name} cannot be told in {units!r}")


def _require_same_variable(first: PlannedVariable, then: PlannedVariable, axis: str) -> None:
    if (first.dimensions, first.dtype) != (then.dimensions, then.dtype):
        raise Unlike(f"{first.name} has other dimensions or another type")
    _require_same_meaning(first, then, frozenset())
    if axis in first.dimensions:
        return
    if np.prod(first.shape) * first.dtype.itemsize > WHOLE_BYTES:
        raise Unlike(f"{first.name} has no time, and is too large to be compared")
    if not _is_equal(_whole(first), _whole(then)):
        raise Unlike(f"{first.name} has no time, and other values")


def _require_same_meaning(
    first: Coordinate | PlannedVariable, then: Coordinate | PlannedVariable, free: frozenset[str]
) -> None:
    for name in sorted(ESSENTIAL - free):
        before, after = (about.attributes.get(name) for about in (first, then))
        if before != after:
            raise Unlike(f"{name} of {first.name} is {after!r} instead of {before!r}")


def _is_equal(first: Values, then: Values) -> bool:
    return np.array_equal(first, then, equal_nan=first.dtype.kind == "f")


def _whole(variable: PlannedVariable) -> Values:
    values = np.full(variable.shape, variable.fill_value, variable.dtype)
    variable.reader.read(tuple(slice(0, size) for size in variable.shape), values)
    return values
