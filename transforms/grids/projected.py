"""Grids that are regular in metres on a projection: Lambert, polar stereographic, Mercator."""

import numpy as np
import pyproj
from numpy.typing import NDArray
from pyproj.exceptions import ProjError

from transforms.grids.arrangement import Arrangement, scanning
from transforms.grids.cells import lay_out_cells
from transforms.grids.earth import earth_attributes
from transforms.grids.extent import bounding_box
from transforms.grids.geometry import Degrees, Geometry
from transforms.grids.identity import identity
from transforms.grids.positions import positions
from transforms.plans import Coordinate, Grid

Axis = NDArray[np.float64]
AGREEMENT_DEGREES = 0.02
"""How far our positions may lie from the source's for its projection to count as understood."""


def lay_out_projected(geometry: Geometry) -> tuple[Grid, Arrangement]:
    """Lay out a projected grid: x eastward, y northward, in metres; true positions beside them.

    Where there is no such projection, or it does not lead to the positions that the source gives,
    the cells are kept with those positions and without a projection.
    """
    mapping = MAPPINGS[geometry.kind](geometry) | earth_attributes(geometry)
    try:
        projection = pyproj.Proj(pyproj.CRS.from_cf(mapping))
    except ProjError:
        return lay_out_cells(geometry)
    x, y = _axes(geometry, projection)
    arrangement = scanning(geometry, y.size, x.size, northward=True)
    longitudes, latitudes = projection(*np.meshgrid(x, y), inverse=True)
    if not _agrees(geometry, latitudes, longitudes):
        return lay_out_cells(geometry)
    coordinates = (
        Coordinate("y", ("y",), y, _metres("y", "Y")),
        Coordinate("x", ("x",), x, _metres("x", "X")),
        *positions(("y", "x"), latitudes, longitudes),
    )
    grid = Grid(
        kind=geometry.kind,
        dimensions=("y", "x"),
        shape=arrangement.shape,
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


def _axes(geometry: Geometry, projection: pyproj.Proj) -> tuple[Axis, Axis]:
    """Return x eastward and y northward, counted from the first point that was scanned."""
    first_x, first_y = projection(
        geometry.keys["longitudeOfFirstGridPointInDegrees"],
        geometry.keys["latitudeOfFirstGridPointInDegrees"],
    )
    columns, rows = geometry.whole("Ni"), geometry.whole("Nj")
    x = first_x + _steps(columns, geometry.keys["DxInMetres"], geometry.flag("iScansNegatively"))
    y = first_y + _steps(rows, geometry.keys["DyInMetres"], not geometry.flag("jScansPositively"))
    return x, y


def _steps(count: int, metres: float, is_backward: bool) -> Axis:
    first = 1 - count if is_backward else 0
    return np.arange(first, first + count, dtype=np.float64) * metres


def _agrees(geometry: Geometry, latitudes: Degrees, longitudes: Degrees) -> bool:
    """Return whether our positions are those of the source, where it lists them in our order.

    ecCodes 2.42 lists them as if every such grid were scanned east- and northward, whatever the
    message says (WMO flag table 3.4); of others it tells nothing that could be compared.
    """
    backward = ("iScansNegatively", "jPointsAreConsecutive", "alternativeRowScanning")
    if not geometry.flag("jScansPositively") or any(geometry.flag(key) for key in backward):
        return True
    said_latitudes, said_longitudes = geometry.positions()
    east = (longitudes.ravel() - said_longitudes + 180.0) % 360.0 - 180.0
    # Meridians crowd at the poles: what counts is the distance on the ground
    east *= np.cos(np.radians(said_latitudes))
    away = np.maximum(np.abs(latitudes.ravel() - said_latitudes), np.abs(east))
    return bool(away.max() <= AGREEMENT_DEGREES)
