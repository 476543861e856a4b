"""Accumulations as what fell, shone or flowed between one step and the next.

A sum since the start of its forecast is the difference from the step before it, as long as both
began at the same time: where a sum begins anew it stays what it is, and so does the first of all.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from lake.nouns import LeftOut
from transforms.differences import Differences
from transforms.fields import Instant
from transforms.lexicon import NEVER_FALLING
from transforms.plans import (
    Coordinate,
    FieldReader,
    Index,
    PlannedHypercube,
    PlannedVariable,
    Values,
)
from transforms.recipe import Recipe

ACCUMULATED = "accum"
HOW = "time: sum (comment: difference from the step before in the same forecast)"
UNEVEN = "from the step before in the same forecast to time"
HOUR_SECONDS = 3600
BOUNDS = "time_bounds"

Hypercubes = Mapping[str, PlannedHypercube]
Span = tuple[int, int]
"""Begin and end of what a value is about, in seconds since 1970."""


def deaccumulated(
    hypercubes: Hypercubes, recipe: Recipe
) -> tuple[dict[str, PlannedHypercube], tuple[LeftOut, ...]]:
    """Return the hypercubes with differences for the accumulations that the recipe names.

    Besides, what could not be done is said of each variable.
    """
    if not recipe.deaccumulate:
        return dict(hypercubes), ()
    found = {name: _hypercube(hypercube, recipe) for name, hypercube in hypercubes.items()}
    return found, tuple(_not_done(hypercubes, recipe))


def remarks(hypercubes: Hypercubes, metrics: pd.DataFrame) -> Iterator[LeftOut]:
    """Say of each de-accumulated variable what packing did to it, from its metrics."""
    for group, hypercube in hypercubes.items():
        for variable in hypercube.variables:
            if not isinstance(variable.reader, Differences) or not variable.reader.never_falls:
                continue
            rows = metrics[(metrics.group == group) & (metrics.variable == variable.name)]
            where = f"{group}/{variable.name}".lstrip("/")
            for reason in (_dust(rows), _falls(rows, str(variable.attributes.get("units", "")))):
                if reason:
                    yield LeftOut(where, f"de-accumulated: {reason}")


def _dust(rows: pd.DataFrame) -> str:
    cells, fields = int(rows.clipped.sum()), int((rows.clipped > 0).sum())
    if not cells:
        return ""
    return f"{cells} cells of {fields} fields were below 0 by a packing step at most, and are 0"


def _falls(rows: pd.DataFrame, unit: str) -> str:
    falling = rows[rows.minimum < 0]
    if falling.empty:
        return ""
    return (
        f"{len(falling)} fields fall by more than their packing explains,"
        f" by {-falling.minimum.min():g} {unit} at most, and were left so"
    )


def _hypercube(hypercube: PlannedHypercube, recipe: Recipe) -> PlannedHypercube:
    before = _places_before(hypercube)
    variables = tuple(
        _variable(variable, before, _valid_times(hypercube))
        if _is_asked_for(variable, recipe) and _is_sum(variable)
        else variable
        for variable in hypercube.variables
    )
    if variables == hypercube.variables:
        return hypercube
    changed = replace(hypercube, variables=variables)
    return replace(changed, coordinates=_with_bounds(changed))


def _variable(
    variable: PlannedVariable, place_before: Mapping[Index, Index], valid: Values
) -> PlannedVariable:
    """Return a variable as differences, or as it is where no field continues another's sum."""
    if not isinstance(variable.reader, FieldReader):
        return variable
    intervals = dict(variable.intervals)
    fields_before: dict[Index, Index] = {}
    for index, instant in variable.intervals.items():
        place = place_before.get(index[: valid.ndim])
        if place is None:
            continue
        before = variable.intervals.get(index_before := place + index[valid.ndim :])
        if before is None and instant.start < valid[place]:
            del intervals[index]
        elif before is not None and before.start == instant.start:
            fields_before[index] = index_before
            intervals[index] = instant._replace(start=before.valid)
    if not fields_before:
        return variable
    lost = variable.intervals.keys() - intervals.keys()
    never_falls = variable.attributes.get("GRIB_paramId") in NEVER_FALLING
    return replace(
        variable,
        reader=Differences(variable.reader, fields_before, frozenset(lost), never_falls),
        attributes={**variable.attributes, **_attributes(intervals.values())},
        fields=variable.fields - len(lost),
        absent=variable.absent | lost,
        missing=_missing(variable.missing, len(lost)),
        intervals=intervals,
    )


def _attributes(intervals: Iterable[Instant]) -> dict[str, str]:
    lengths = {instant.valid - instant.start for instant in intervals}
    period = f"{lengths.pop() / HOUR_SECONDS:g} hours before time" if len(lengths) == 1 else UNEVEN
    return {"cell_methods": HOW, "statistical_period": period}


def _missing(already: str, lost: int) -> str:
    if not lost:
        return already
    more = f"missing: {lost} fields, filled with NaN, for the accumulation before them is missing"
    return f"{already}; {more}" if already else more


def _places_before(hypercube: PlannedHypercube) -> dict[Index, Index]:
    """Return for each place on the time axes the one before it in the same forecast."""
    references = next(
        (c for c in hypercube.coordinates if c.name == "forecast_reference_time"), None
    )
    if references is None:
        return {}
    valid = _valid_times(hypercube)
    per_place = references.values
    if references.dimensions == ("forecast_reference_time",):
        per_place = per_place.reshape((-1, *(1,) * (valid.ndim - 1)))
    per_place = np.broadcast_to(per_place, valid.shape)
    ordered = sorted(np.ndindex(valid.shape), key=lambda at: (per_place[at], valid[at]))
    return {at: last for last, at in pairwise(ordered) if per_place[at] == per_place[last]}


def _valid_times(hypercube: PlannedHypercube) -> Values:
    return next((c.values for c in hypercube.coordinates if c.name == "time"), np.empty(0))


def _with_bounds(hypercube: PlannedHypercube) -> tuple[Coordinate, ...]:
    """Return the coordinates with the bounds of time, where all variables agree on them."""
    valid = _valid_times(hypercube)
    spans: dict[Index, set[Span]] = {}
    for variable in hypercube.variables:
        for index, instant in variable.intervals.items():
            place = index[: valid.ndim]
            spans.setdefault(place, set()).add((instant.start, instant.valid))
    if any(len(found) > 1 for found in spans.values()):
        return hypercube.coordinates
    edges = np.stack([valid, valid], axis=-1)
    for place, (span,) in spans.items():
        edges[place] = span
    coordinates = []
    for coordinate in hypercube.coordinates:
        if coordinate.name != "time":
            coordinates.append(coordinate)
            continue
        bounded = {**coordinate.attributes, "bounds": BOUNDS}
        coordinates.append(replace(coordinate, attributes=bounded))
        coordinates.append(Coordinate(BOUNDS, (*coordinate.dimensions, "bound"), edges))
    return tuple(coordinates)


def _not_done(hypercubes: Hypercubes, recipe: Recipe) -> Iterator[LeftOut]:
    """Name what the recipe names and is not there, or is no sum as far as one can tell."""
    if isinstance(recipe.deaccumulate, bool):
        return
    found: set[str] = set()
    for group, hypercube in hypercubes.items():
        for variable in hypercube.variables:
            found |= {variable.name, *variable.aliases}
            if _is_asked_for(variable, recipe) and not _is_sum(variable):
                yield LeftOut(
                    f"{group}/{variable.name}".lstrip("/"),
                    "not de-accumulated: the source does not say since when it accumulates;"
                    " take it off the recipe's `deaccumulate`",
                )
    for name in sorted(set(recipe.deaccumulate) - found):
        yield LeftOut(name, "not de-accumulated: the cube has no such variable")


def _is_asked_for(variable: PlannedVariable, recipe: Recipe) -> bool:
    if isinstance(recipe.deaccumulate, bool):
        return recipe.deaccumulate
    return bool({variable.name, *variable.aliases} & set(recipe.deaccumulate))


def _is_sum(variable: PlannedVariable) -> bool:
    is_accumulated = variable.attributes.get("GRIB_stepType") == ACCUMULATED
    return is_accumulated and bool(variable.intervals)
