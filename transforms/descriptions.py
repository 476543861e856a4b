"""From gathered fields to a planned hypercube: names, attributes and axes as CF has them."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from lake.nouns import Axis
from transforms.fields import Field
from transforms.hypercubes import INSTANT, Gathering, Member, fields_of
from transforms.levels import kind_of
from transforms.names import tell_apart
from transforms.outer_axes import Outer, absences, labels, missing, outer, slots
from transforms.plans import (
    Attributes,
    Coordinate,
    Grid,
    Index,
    Name,
    PlannedHypercube,
    PlannedVariable,
    SlabReader,
    Values,
)
from transforms.products import Axes
from transforms.timelines import iso_time

CELL_METHODS = {
    "instant": "time: point",
    "avg": "time: mean",
    "avgd": "time: mean",
    "avgua": "time: mean",
    "accum": "time: sum",
    "max": "time: maximum",
    "min": "time: minimum",
    "sd": "time: standard_deviation",
    "var": "time: variance",
    "rms": "time: root_mean_square",
}
HOUR_SECONDS = 3600
Slabs = Callable[[Mapping[Index, Field]], SlabReader]


def describe(gathering: Gathering, grid: Grid, slabs: Slabs) -> PlannedHypercube:
    """Return the plan of a hypercube on its grid, its values read through ``slabs``."""
    around = outer(gathering.axes)
    coordinates = (*around.coordinates, *grid.coordinates)
    names = _variable_names(gathering, {*_names(coordinates), *_names(grid.listed)})
    shared = _shared_attributes(around, grid)
    time, level, member = labels(gathering.axes)
    return PlannedHypercube(
        name=_name(gathering, grid),
        axes=(*around.axes, *_spatial_axes(grid)),
        grid=grid,
        coordinates=(*coordinates, *_mapping(grid)),
        variables=tuple(
            _variable(name, variable, gathering.axes, around, grid, shared, slabs)
            for name, variable in zip(names, gathering.members, strict=True)
        ),
        attributes=_group_attributes(gathering),
        time=time,
        level=level,
        member=member,
    )


def _variable(
    name: str,
    member: Member,
    axes: Axes,
    around: Outer,
    grid: Grid,
    shared: dict[str, str],
    slabs: Slabs,
) -> PlannedVariable:
    found = slots(member.block.fields, axes)
    absent = absences(found, around)
    parameter = member.block.fields[0].product.parameter
    is_instant = member.key.statistic == INSTANT
    return PlannedVariable(
        name=name,
        dimensions=(*around.dimensions, *grid.dimensions),
        shape=(*around.shape, *grid.shape),
        dtype=np.result_type(*{field.packing.dtype for field in member.block.fields}),
        fill_value=float("nan"),
        attributes=_attributes(member) | shared,
        reader=slabs(found),
        fields=len(found),
        absent=absent,
        missing=missing(absent, around),
        aliases=(parameter.name, parameter.short_name),
        intervals={} if is_instant else {at: field.instant for at, field in found.items()},
    )


def _attributes(member: Member) -> dict[str, str | int | float]:
    parameter = member.block.fields[0].product.parameter
    given = {
        "standard_name": parameter.standard_name,
        "long_name": parameter.long_name,
        "units": parameter.unit,
        "cell_methods": CELL_METHODS.get(member.key.statistic),
        "GRIB_paramId": parameter.param_id,
        "GRIB_shortName": parameter.short_name,
        "GRIB_stepType": member.key.statistic,
        "statistical_period": _period(member),
    }
    given |= {f"GRIB_{key}": value for key, value in member.key.traits}
    return {name: value for name, value in given.items() if value is not None}


def _period(member: Member) -> str | None:
    """Say over which time the values were taken, where it is the same for all of them."""
    if member.key.statistic == INSTANT:
        return None
    instants = [field.instant for field in member.block.fields]
    lengths = {instant.valid - instant.start for instant in instants}
    if len(lengths) == 1:
        return f"{lengths.pop() / HOUR_SECONDS:g} hours before time"
    if all(instant.start == instant.reference for instant in instants):
        return "from forecast_reference_time to time"
    return None


def _variable_names(gathering: Gathering, taken: set[str]) -> list[str]:
    wanted = [
        Name(
            member.key.name,
            (
                ("statistic", "" if member.key.statistic == INSTANT else member.key.statistic),
                ("period", member.key.period),
                ("traits", "_".join(f"{key}_{value}" for key, value in member.key.traits)),
                ("parameter", str(member.key.param_id)),
            ),
        )
        for member in gathering.members
    ]
    return [f"{name}_field" if name in taken else name for name in tell_apart(wanted)]


def _shared_attributes(around: Outer, grid: Grid) -> dict[str, str]:
    shared = {"grid_mapping": "crs"} if grid.mapping else {}
    dimensions = {*around.dimensions, *grid.dimensions}
    bounds = {c.attributes.get("bounds") for c in around.coordinates}
    written = _names(around.coordinates) + _names(grid.coordinates) + _names(grid.listed)
    auxiliary = [name for name in written if name not in dimensions | bounds]
    return shared | ({"coordinates": " ".join(auxiliary)} if auxiliary else {})


def _mapping(grid: Grid) -> tuple[Coordinate, ...]:
    if not grid.mapping:
        return ()
    return (Coordinate("crs", (), np.array(0, "int32"), grid.mapping),)


def _group_attributes(gathering: Gathering) -> Attributes:
    key = gathering.members[0].key
    return {f"GRIB_{name}": value for name, value in key.facets} | {
        "GRIB_typeOfLevel": key.level_kind
    }


def _name(gathering: Gathering, grid: Grid) -> Name:
    key, axes = gathering.members[0].key, gathering.axes
    kind = kind_of(key.level_kind)
    statistics = {member.key.statistic for member in gathering.members}
    times = sorted({field.instant.valid for field in fields_of(gathering)})
    is_single = len(axes.levels) == 1
    value = f"{axes.levels[0].value:.10g}".replace("-", "minus_")
    has_value = is_single and any(axes.levels[0][1:])
    unit = kind.unit if kind.unit.isalpha() else ""
    return Name(
        f"{kind.stem}_{value}{unit}" if has_value else kind.stem,
        (
            *key.facets,
            ("levels", "" if is_single else f"{len(axes.levels)}_levels"),
            ("statistic", statistics.pop() if len(statistics) == 1 else ""),
            ("grid", f"{grid.kind}_{'x'.join(map(str, grid.shape))}"),
            ("members", f"{len(axes.members)}_members"),
            ("times", f"{len(times)}_times"),
            ("start", iso_time(times[0])),
            ("reference", iso_time(min(f.instant.reference for f in fields_of(gathering)))),
            ("variables", "_".join(sorted({m.key.name for m in gathering.members})[:3])),
        ),
    )


def _spatial_axes(grid: Grid) -> tuple[Axis, ...]:
    ends = {c.name: c.values[[0, -1]] for c in grid.coordinates if c.dimensions == (c.name,)}
    ends |= {c.name: _ends(c) for c in grid.listed if c.dimensions == (c.name,)}
    units = {c.name: c.attributes.get("units") for c in grid.coordinates}
    axes = []
    for name, size in zip(grid.dimensions, grid.shape, strict=True):
        if name not in ends:
            axes.append(Axis(name, "spatial", size))
            continue
        first, last = map(float, ends[name])
        axes.append(Axis(name, "spatial", size, first, last, units.get(name, "1")))
    return tuple(axes)


def _names(coordinates: Iterable[Coordinate | PlannedVariable]) -> list[str]:
    return [coordinate.name for coordinate in coordinates]


def _ends(listed: PlannedVariable) -> Values:
    """Return the first and the last value of a coordinate that is computed."""
    found = np.empty(2, listed.dtype)
    for at, place in enumerate((0, listed.shape[0] - 1)):
        listed.reader.read((slice(place, place + 1),), found[at : at + 1])
    return found
