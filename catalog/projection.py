"""The coordinate system of a hypercube in the words of STAC's projection extension, version 2."""

from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError

from lake.nouns import Axis, Hypercube

SCHEMA = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"
_LATITUDE_LONGITUDE = {"latitude", "longitude"}
_ROWS_AND_COLUMNS = (("latitude", "longitude"), ("rlat", "rlon"), ("y", "x"))


def describe_projection(hypercube: Hypercube) -> dict[str, Any]:
    """Return ``proj:…`` of one group; nothing for cells, which no such system describes."""
    if (grid := rows_and_columns(hypercube)) is None:
        return {}
    row, column = grid
    system = _system(hypercube, {row.name, column.name} == _LATITUDE_LONGITUDE)
    return {**system, "proj:shape": [row.size, column.size]} if system else {}


def rows_and_columns(hypercube: Hypercube) -> tuple[Axis, Axis] | None:
    """Return the axes along which its fields are an image; None where they are lists of cells."""
    axes = {axis.name: axis for axis in hypercube.axes}
    for row, column in _ROWS_AND_COLUMNS:
        if {row, column} <= axes.keys():
            return axes[row], axes[column]
    return None


def _system(hypercube: Hypercube, is_latitude_longitude: bool) -> dict[str, Any]:
    if is_latitude_longitude:
        return {"proj:code": "EPSG:4326"}
    try:
        system = CRS.from_cf(hypercube.grid_mapping)
    except (CRSError, KeyError):  # a mapping that pyproj does not know, or that lacks a key
        return {}
    return {"proj:code": None, "proj:wkt2": system.to_wkt()}
