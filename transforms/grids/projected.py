"""Grids that are regular in metres on a projection: Lambert, polar stereographic, Mercator."""

from dataclasses import replace

import numpy as np
import pyproj

from transforms.grids.arrangement import Arrangement, scanning
from transforms.grids.cells import lay_out_cells
from transforms.grids.earth import earth_attributes
from transforms.grids.extent import bounding_box
from transforms.grids.geometry import Geometry
from transforms.grids.identity import identity
from transforms.grids.positions import positions
from transforms.plans import Attributes, Coordinate, Grid

AGREEMENT_DEGREES = 0.02
"""How far our positions may lie from the source's for its projection to count as understood."""


def lay_out_projected(geometry: Geometry) -> tuple[Grid, Arrangement]:
    """Lay out a projected grid: x eastward, y northward, in metres; true positions beside them.

    Where the projection does not lead to the positions that the source gives, the cells are kept
    with those positions and without a projection.
    """
    mapping = MAPPINGS[geometry.kind](geometry) | earth_attributes(geometry)
    columns, rows = (geometry.whole(k) for k in ("Ni", "Nj"))
    arrangement = scanning(geometry, rows, columns, northward=True)
    # ecCodes 2.42 lists the positions as if no row were scanned backwards
    forward = replace(arrangement, boustrophedon=False)
    latitudes, longitudes = (forward.arrange(p) for p in geometry.positions())
    x, y = _axes(geometry, mapping)
    if not _agree(mapping, x, y, latitudes, longitudes):
        return lay_out_cells(geometry)
    coordinates = (
        Coordinate("y", ("y",), y, _metres("y", "Y")),
        Coordinate("x", ("x",), x, _metres("x", "X")),
        *positions(("y", "x"), latitudes, longitudes),
    )
    grid = Grid(
        kind=geometry.kind,
        dimensions=("y", "x"),
        shape=(rows, columns),
        coordinates=coordinates,
        mapping=mapping,
        bbox=bounding_box(latitudes, longitudes),
        identity=identity(geometry.kind, mapping, coordinates),
    )
    return grid, arrangement


def _lambert(geometry: Geometry) -> dict[str, object]:
    first, second = geometry.keys["Latin1InDegrees"], geometry.keys["Latin2InDegrees"]
    return {
        "grid_mapping_name": "lambert_conformal_conic",
        "standard_parallel": first if first == second else [first, second],
        "longitude_of_central_meridian": geometry.keys["LoVInDegrees"],
        "latitude_of_projection_origin": geometry.keys["LaDInDegrees"],
        "false_easting": 0.0,
        "false_northing": 0.0,
    }


def _polar_stereographic(geometry: Geometry) -> dict[str, object]:
    is_south = bool(geometry.whole("projectionCentreFlag") & 0x80) or geometry.flag("isSouth")
    pole = -90.0 if is_south else 90.0
    return {
        "grid_mapping_name": "polar_stereographic",
        "latitude_of_projection_origin": pole,
        "straight_vertical_longitude_from_pole": geometry.keys["orientationOfTheGridInDegrees"],
        "standard_parallel": float(np.copysign(geometry.keys["LaDInDegrees"], pole)),
        "false_easting": 0.0,
        "false_northing": 0.0,
    }


def _mercator(geometry: Geometry) -> dict[str, object]:
    return {
        "grid_mapping_name": "mercator",
        "standard_parallel": geometry.keys["LaDInDegrees"],
        "longitude_of_projection_origin": 0.0,
        "false_easting": 0.0,
        "false_northing": 0.0,
    }


MAPPINGS = {
    "lambert": _lambert,
    "polar_stereographic": _polar_stereographic,
    "mercator": _mercator,
}


def _metres(axis: str, letter: str) -> dict[str, str]:
    return {
        "standard_name": f"projection_{axis}_coordinate",
        "long_name": f"{axis} on the projection",
        "units": "m",
        "axis": letter,
    }


def _axes(geometry: Geometry, mapping: Attributes) -> tuple[np.ndarray, np.ndarray]:
    """Return x eastward and y northward, counted from the first point that was scanned."""
    first_x, first_y = _projection(mapping)(
        geometry.keys["longitudeOfFirstGridPointInDegrees"],
        geometry.keys["latitudeOfFirstGridPointInDegrees"],
    )
    columns, rows = geometry.whole("Ni"), geometry.whole("Nj")
    x = first_x + _steps(columns, geometry.keys["DxInMetres"], geometry.flag("iScansNegatively"))
    y = first_y + _steps(rows, geometry.keys["DyInMetres"], not geometry.flag("jScansPositively"))
    return x, y


def _steps(count: int, metres: float, is_backward: bool) -> np.ndarray:
    steps = np.arange(count) * metres
    return steps - steps[-1] if is_backward else steps


def _projection(mapping: Attributes) -> pyproj.Proj:
    return pyproj.Proj(pyproj.CRS.from_cf(dict(mapping)))


def _agree(
    mapping: Attributes,
    x: np.ndarray,
    y: np.ndarray,
    latitudes: np.ndarray,
    longitudes: np.ndarray,
) -> bool:
    """Return whether the corners of our grid lie where the source says they lie."""
    project = _projection(mapping)
    for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        longitude, latitude = project(x[column], y[row], inverse=True)
        east = (longitude - longitudes[row, column] + 180.0) % 360.0 - 180.0
        if max(abs(latitude - latitudes[row, column]), abs(east)) > AGREEMENT_DEGREES:
            return False
    return True
