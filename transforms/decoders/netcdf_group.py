"""One group of a NetCDF file as a planned hypercube."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import prod

import numpy as np

from lake.nouns import Axis, LeftOut
from transforms.decoders import netcdf
from transforms.decoders.cf_axes import SINCE, axis_kind, decoded_times, is_latitude, is_longitude
from transforms.decoders.netcdf import Stored, StoredGroup
from transforms.decoders.netcdf_slabs import NetcdfSlabs
from transforms.granules import LocalGranule
from transforms.grids.extent import bounding_box
from transforms.plans import (
    GLOBE,
    NO_GRID,
    Coordinate,
    Grid,
    Labels,
    Name,
    PlannedHypercube,
    PlannedVariable,
)

POINTERS = ("coordinates", "bounds", "grid_mapping", "ancillary_variables")
"""Attributes that name other variables of the group."""
WHOLE_BYTES = 1 << 26
"""Words and coordinates are read whole up to this size."""

Coordinates = Mapping[str, Coordinate]


def refused(granule: LocalGranule, group: StoredGroup) -> list[LeftOut]:
    """Return the variables of a group that no cube can hold, and why."""
    found = ((variable, _refusal(variable)) for variable in group.variables)
    return [
        LeftOut(f"{granule.label}:{variable.group}:{variable.name}", reason)
        for variable, reason in found
        if reason
    ]


def plan_group(granule: LocalGranule, group: StoredGroup, threads: int) -> PlannedHypercube:
    """Plan the variables and coordinates of a group; what is refused is not among them."""
    own = [variable for variable in group.variables if not _refusal(variable)]
    inherited = [variable for variable in group.inherited if not _refusal(variable)]
    whole = _whole(own)
    read = {
        variable.name: _coordinate(granule, variable)
        for variable in (*inherited, *(v for v in own if v.name in whole))
    }
    variables = [variable for variable in own if variable.name not in whole]
    axes = _axes((*variables, *whole.values()), read)
    time, level, member = (_labels(kind, axes, read) for kind in ("time", "level", "member"))
    path = group.path.strip("/")
    part = granule.granule.part
    return PlannedHypercube(
        name=Name(path or (part if part != "main" else "netcdf"), (("part", granule.label),)),
        axes=tuple(axes),
        grid=_grid(read),
        coordinates=tuple(read.values()),
        variables=tuple(_variable(granule, variable, threads) for variable in variables),
        attributes=group.attributes,
        time=time,
        level=level,
        member=member,
        coordinate_fields=len(whole),
    )


def axis_of(name: str, size: int, coordinate: Coordinate | None) -> Axis:
    """Return what a dimension's coordinate says of it; there may be none."""
    if (
        coordinate is None
        or coordinate.values.ndim != 1
        or coordinate.values.dtype.kind not in "iuf"
    ):
        return Axis(name, axis_kind(name, {}), size)
    kind = axis_kind(name, coordinate.attributes)
    in_order = _is_monotonic(coordinate)
    times = decoded_times(coordinate.values[[0, -1]], coordinate.attributes)
    if times is not None:
        return Axis(name, kind, size, f"{times[0]}Z", f"{times[1]}Z", is_monotonic=in_order)
    first, last = float(coordinate.values[0]), float(coordinate.values[-1])
    unit = coordinate.attributes.get("units")
    return Axis(name, kind, size, first, last, unit, is_monotonic=in_order)


def _refusal(variable: Stored) -> str:
    if variable.refusal:
        return variable.refusal
    if not variable.name.strip("./") or "/" in variable.name:
        return f"the name {variable.name!r} cannot name an array in a Zarr group"
    if 0 in variable.shape:
        return "holds no value yet: one of its dimensions is empty"
    if variable.is_text and prod(variable.shape) > WHOLE_BYTES // 8:
        return f"{prod(variable.shape)} words are more than a coordinate may hold"
    return ""


def _whole(variables: Iterable[Stored]) -> dict[str, Stored]:
    """Return coordinates, and whatever else is small enough in kind to be written at once."""
    variables = tuple(variables)
    dimensions = {d for variable in variables for d in variable.dimensions}
    pointed = {
        word.strip(":")
        for variable in variables
        for pointer in POINTERS
        for word in str(variable.attributes.get(pointer, "")).split()
    }
    return {
        v.name: v
        for v in variables
        if v.is_text
        or not v.shape
        or v.name in dimensions
        or ((v.name in pointed or _is_position(v)) and _bytes(v) <= WHOLE_BYTES)
    }


def _bytes(variable: Stored) -> int:
    return prod(variable.shape) * variable.dtype.itemsize


def _is_position(variable: Stored) -> bool:
    about = (variable.name, variable.attributes)
    return is_latitude(*about) or is_longitude(*about)


def _coordinate(granule: LocalGranule, variable: Stored) -> Coordinate:
    variable = variable.unpacked()
    region = tuple(slice(0, size) for size in variable.shape)
    values = netcdf.read(granule.path, granule.label, variable, region)
    attributes = dict(variable.attributes)
    if SINCE in str(attributes.get("units", "")) and decoded_times(values, attributes) is None:
        # xarray would refuse the whole group over units that nobody can decode
        attributes["units_as_given"] = attributes.pop("units")
    if values.dtype.kind in "iu" and variable.fill_value is not None:
        attributes["_FillValue"] = variable.fill_value
    return Coordinate(variable.name, variable.dimensions, values, attributes)


def _variable(granule: LocalGranule, variable: Stored, threads: int) -> PlannedVariable:
    attributes = dict(variable.attributes)
    units = str(attributes.get("units", ""))
    if SINCE in units and decoded_times(np.zeros(1), attributes) is None:
        attributes["units_as_given"] = attributes.pop("units")
    fill_value = variable.fill_value
    if variable.dtype.kind in "iu" and fill_value is not None:
        attributes["_FillValue"] = fill_value
    return PlannedVariable(
        name=variable.name,
        dimensions=variable.dimensions,
        shape=variable.shape,
        dtype=variable.dtype,
        fill_value=0 if fill_value is None else fill_value,
        attributes=attributes,
        reader=NetcdfSlabs(granule.path, granule.label, variable, threads),
        fields=1,
    )


def _axes(variables: Iterable[Stored], read: Coordinates) -> list[Axis]:
    sizes = {d: n for v in variables for d, n in zip(v.dimensions, v.shape, strict=True)}
    return [axis_of(name, size, read.get(name)) for name, size in sizes.items()]


def _is_monotonic(coordinate: Coordinate) -> bool:
    """Return whether the values rise or fall all the way; longitudes may pass the date line."""
    values = coordinate.values.astype("f8")
    if is_longitude(coordinate.name, coordinate.attributes):
        values = np.unwrap(values, period=360.0)
    steps = np.diff(values)
    return bool((steps > 0).all() or (steps < 0).all())


def _labels(kind: str, axes: Iterable[Axis], read: Coordinates) -> Labels | None:
    """Return what the indices of the first axis of a kind stand for."""
    for axis in axes:
        coordinate = read.get(axis.name)
        if axis.kind != kind or coordinate is None or coordinate.values.dtype.kind not in "iuf":
            continue
        values = coordinate.values
        if kind == "time":
            times = decoded_times(values, coordinate.attributes)
            return None if times is None else Labels(coordinate.dimensions, times)
        return Labels(coordinate.dimensions, values)
    return None


def _grid(read: Coordinates) -> Grid:
    """Return what is told of the grid; its coordinates stay among those of the group."""
    latitude = next((c for c in read.values() if is_latitude(c.name, c.attributes)), None)
    longitude = next((c for c in read.values() if is_longitude(c.name, c.attributes)), None)
    mapping = next((c for c in read.values() if "grid_mapping_name" in c.attributes), None)
    attributes = dict(mapping.attributes) if mapping else {}
    if latitude is None or longitude is None or not _is_finite(latitude, longitude):
        return replace(NO_GRID, mapping=attributes, bbox=GLOBE)
    kind = "curvilinear" if latitude.values.ndim > 1 else "cells"
    if latitude.values.ndim == 1 and latitude.dimensions != longitude.dimensions:
        kind = "regular_ll"
    return replace(
        NO_GRID,
        kind=str(attributes.get("grid_mapping_name", kind)) if kind != "regular_ll" else kind,
        mapping=attributes,
        bbox=bounding_box(latitude.values, longitude.values),
    )


def _is_finite(*coordinates: Coordinate) -> bool:
    return all(np.isfinite(c.values.astype(float)).any() for c in coordinates)
