"""The axes of a hypercube before those of its grid: time, realization, member, level."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from lake.nouns import Axis
from transforms.fields import ALONE, Field, Level
from transforms.levels import kind_of
from transforms.plans import Coordinate, Index, Labels
from transforms.products import Axes, time_key
from transforms.timelines import (
    iso_time,
    time_axes,
    time_coordinates,
    time_dimensions,
    valid_times,
)

MISSING_NAMED = 3
"""How many missing fields are named one by one before the rest is only counted."""

NUMBERED = {
    "realization": {"standard_name": "realization", "long_name": "realization of the model"},
    "member": {"standard_name": "realization", "long_name": "member of the ensemble"},
}


@dataclass(frozen=True, slots=True, eq=False)
class Outer:
    """Axes of one kind: their dimensions, sizes, coordinates, and what STAC is told of them."""

    dimensions: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    coordinates: tuple[Coordinate, ...] = ()
    axes: tuple[Axis, ...] = ()

    def __add__(self, other: "Outer") -> "Outer":
        return Outer(
            self.dimensions + other.dimensions,
            self.shape + other.shape,
            self.coordinates + other.coordinates,
            self.axes + other.axes,
        )


def outer(axes: Axes) -> Outer:
    """Return all axes before those of the grid; what does not vary is a scalar coordinate."""
    timeline = axes.timeline
    time = Outer(
        time_dimensions(timeline),
        timeline.lengths,
        time_coordinates(timeline),
        time_axes(timeline),
    )
    numbers = _numbers("realization", axes.realizations) + _numbers("member", axes.members)
    return time + numbers + _levels(axes.levels)


def labels(axes: Axes) -> tuple[Labels, Labels | None, Labels | None]:
    """Return which time, level and member the indices stand for; None where there is none."""
    level = member = None
    kind = kind_of(axes.levels[0].kind)
    if _has_values(axes.levels):
        values = np.array([level.value for level in axes.levels])
        level = Labels(_if_many(kind.coordinate, values.size), values.squeeze())
    if axes.members != (ALONE,):
        numbers = np.array(axes.members)
        member = Labels(_if_many("member", numbers.size), numbers.squeeze())
    return valid_times(axes.timeline), level, member


def slots(fields: Iterable[Field], axes: Axes) -> Mapping[Index, Field]:
    """Return the fields by their indices on the axes."""
    times = axes.timeline.indices()
    others = (axes.realizations, axes.members, axes.levels)
    places = [{value: index for index, value in enumerate(axis)} for axis in others]
    found: dict[Index, Field] = {}
    for field in fields:
        about = field.product
        keys = (about.realization, about.member, about.level)
        inner = tuple(
            place[key] for place, key in zip(places, keys, strict=True) if len(place) > 1
        )
        found[times[time_key(field.instant)] + inner] = field
    return found


def absences(found: Mapping[Index, Field], outer: Outer) -> frozenset[Index]:
    """Return the combinations of the axes that have no field."""
    return frozenset(index for index in product(*map(range, outer.shape)) if index not in found)


def missing(absent: frozenset[Index], outer: Outer) -> str:
    """Say which fields are absent; empty where none is."""
    if not absent:
        return ""
    named = "; ".join(_spelled(index, outer) for index in sorted(absent)[:MISSING_NAMED])
    more = "; …" if len(absent) > MISSING_NAMED else ""
    total = prod(outer.shape)
    return f"missing: {len(absent)} of {total} fields, filled with NaN ({named}{more})"


def _spelled(index: Index, outer: Outer) -> str:
    values = {c.name: c.values for c in outer.coordinates}
    words = []
    for dimension, place in zip(outer.dimensions, index, strict=True):
        value = values[dimension][place]
        is_time = dimension in {"time", "forecast_reference_time"}
        words.append(f"{dimension}={iso_time(value) if is_time else format(value, 'g')}")
    return " ".join(words)


def _if_many(dimension: str, count: int) -> tuple[str, ...]:
    return (dimension,) if count > 1 else ()


def _has_values(levels: tuple[Level, ...]) -> bool:
    return len(levels) > 1 or any((levels[0].value, levels[0].top, levels[0].bottom))


def _numbers(name: str, numbers: tuple[int, ...]) -> Outer:
    if numbers == (ALONE,):
        return Outer()
    values = np.array(numbers)
    dimensions = _if_many(name, values.size)
    coordinate = Coordinate(name, dimensions, values.squeeze(), NUMBERED[name] | {"units": "1"})
    axis = Axis(name, "member", values.size, float(values[0]), float(values[-1]))
    return Outer(dimensions, values.shape if dimensions else (), (coordinate,), (axis,))


def _levels(levels: tuple[Level, ...]) -> Outer:
    """Levels without a number of their own (the surface, the tropopause) have no coordinate."""
    if not _has_values(levels):
        return Outer()
    kind = kind_of(levels[0].kind)
    values = np.array([level.value for level in levels])
    dimensions = _if_many(kind.coordinate, values.size)
    attributes = kind.attributes()
    bounds: tuple[Coordinate, ...] = ()
    if any(level.top != level.bottom for level in levels):
        name = f"{kind.coordinate}_bounds"
        edges = np.array([(level.top, level.bottom) for level in levels]).squeeze()
        bounds = (Coordinate(name, (*dimensions, "bound"), edges),)
        attributes |= {"bounds": name}
    coordinate = Coordinate(kind.coordinate, dimensions, values.squeeze(), attributes)
    axis = Axis(
        kind.coordinate, "level", values.size, float(values[0]), float(values[-1]), kind.unit
    )
    shape = values.shape if dimensions else ()
    return Outer(dimensions, shape, (coordinate, *bounds), (axis,))
