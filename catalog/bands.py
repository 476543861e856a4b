"""Fields on rows and columns as the bands of an image, which raster tools look for."""

from typing import Any

from catalog.datacube import data_type
from catalog.projection import rows_and_columns
from lake.nouns import Axis, Hypercube, Variable

SCHEMA = "https://stac-extensions.github.io/raster/v2.0.0/schema.json"
_METRES = {
    "m": 1.0,
    "km": 1000.0,
    "degrees": 111_195.0,  # along a meridian of the sphere that has the Earth's mean radius
}
_METRES |= dict.fromkeys(("degrees_north", "degrees_east"), _METRES["degrees"])


def describe_bands(hypercube: Hypercube) -> dict[str, Any]:
    """Return ``bands``, and how far apart rows are in metres; nothing for a list of cells."""
    if (grid := rows_and_columns(hypercube)) is None:
        return {}
    row, column = grid
    bands = [_band(v) for v in hypercube.variables if {row.name, column.name} <= {*v.dimensions}]
    distance = _distance(row)
    if not bands or distance is None:
        return {}
    return {"bands": bands, "raster:spatial_resolution": distance}


def _band(variable: Variable) -> dict[str, Any]:
    told = {"description": variable.long_name, "unit": variable.unit}
    return {
        "name": variable.name,
        "data_type": data_type(variable),
        **{name: value for name, value in told.items() if value},
    }


def _distance(axis: Axis) -> float | None:
    """Return how far apart its values are on average; None where that cannot be told."""
    if not isinstance(axis.first, float) or not isinstance(axis.last, float):
        return None
    metres = _METRES.get(axis.unit or "")
    if metres is None or axis.first == axis.last:
        return None
    return round(abs(axis.last - axis.first) / (axis.size - 1) * metres, 1)
