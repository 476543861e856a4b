"""Hypercubes in the words of STAC's datacube extension, version 2.3."""

from typing import Any

from lake.nouns import Axis, Hypercube, Variable

SCHEMA = "https://stac-extensions.github.io/datacube/v2.3.0/schema.json"

HORIZONTAL = {"longitude": "x", "latitude": "y", "rlon": "x", "rlat": "y", "x": "x", "y": "y"}
"""The axes that are spatial in the extension's sense; a list of cells has neither x nor y."""

_DATA_TYPES = frozenset({"float16", "float32", "float64"}) | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}


def describe_cube(hypercube: Hypercube) -> dict[str, Any]:
    """Return ``cube:dimensions`` and ``cube:variables`` of one group."""
    return {
        "cube:dimensions": {axis.name: _dimension(axis) for axis in hypercube.axes},
        "cube:variables": {variable.name: _variable(variable) for variable in hypercube.variables},
    }


def _dimension(axis: Axis) -> dict[str, Any]:
    if axis.kind == "time" and isinstance(axis.first, str | None):
        ends = [axis.first, axis.last]
        return {"type": "temporal", "extent": [None if e is None else str(e) for e in ends]}
    direction = HORIZONTAL.get(axis.name)
    low, high = _extent(axis)
    if axis.kind == "spatial" and direction is not None and low is not None and high is not None:
        return {"type": "spatial", "axis": direction, "extent": [low, high]}
    described: dict[str, Any] = {"type": axis.kind, "extent": [low, high]}
    if axis.kind == "time":  # hours since a forecast began are no moments
        described["type"] = axis.name
    elif axis.kind == "level":
        described = {"type": "spatial", "axis": "z", "extent": [low, high]}
    elif axis.kind == "spatial":  # "spatial" is kept for x, y and z
        described = {"type": "cells", "extent": [0, axis.size - 1]}
    if axis.unit:
        described["unit"] = axis.unit
    return described


def _extent(axis: Axis) -> tuple[float | None, float | None]:
    """Return the lowest and the highest value; (None, None) where they are no numbers."""
    if isinstance(axis.first, str) or isinstance(axis.last, str):
        return (None, None)
    if axis.first is None or axis.last is None:
        return (None, None)
    return (min(axis.first, axis.last), max(axis.first, axis.last))


def _variable(variable: Variable) -> dict[str, Any]:
    told = {
        "description": variable.long_name,
        "unit": variable.unit,
        "standard_name": variable.standard_name,
    }
    return {
        "dimensions": list(variable.dimensions),
        "variable_type": "data",
        "data_type": data_type(variable),
        **{name: value for name, value in told.items() if value},
    }


def data_type(variable: Variable) -> str:
    """Return the type of its values as STAC calls it."""
    return variable.dtype if variable.dtype in _DATA_TYPES else "other"
