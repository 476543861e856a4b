"""Grids with one latitude a row and one longitude a column, in true or in rotated degrees."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from transforms.grids.arrangement import Arrangement, scanning
from transforms.grids.earth import earth_attributes
from transforms.grids.extent import bounding_box
from transforms.grids.geometry import Geometry
from transforms.grids.identity import identity
from transforms.grids.positions import LATITUDE, LONGITUDE, positions
from transforms.plans import Attributes, Coordinate, Grid

CIRCLE_DEGREES = 360.0
CLOSED_CIRCLE_DEGREES = 0.01
"""How far a row may miss the full circle and still be meant to close it (GRIB 1 rounds)."""


def lay_out_regular(geometry: Geometry) -> tuple[Grid, Arrangement]:
    """Lay out a regular latitude-longitude or Gaussian grid: north to south, west to east."""
    latitudes, longitudes = _rows(geometry), _columns(geometry)
    coordinates = (
        Coordinate("latitude", ("latitude",), latitudes, LATITUDE | {"axis": "Y"}),
        Coordinate("longitude", ("longitude",), longitudes, LONGITUDE | {"axis": "X"}),
    )
    mapping = {"grid_mapping_name": "latitude_longitude"} | earth_attributes(geometry)
    grid = Grid(
        kind=geometry.kind,
        dimensions=("latitude", "longitude"),
        shape=(latitudes.size, longitudes.size),
        coordinates=coordinates,
        mapping=mapping,
        bbox=bounding_box(latitudes, longitudes),
        identity=identity(geometry.kind, mapping, coordinates),
    )
    return grid, scanning(geometry, latitudes.size, longitudes.size, northward=False)


def lay_out_rotated(geometry: Geometry) -> tuple[Grid, Arrangement]:
    """Lay out a rotated latitude-longitude grid, with the true positions beside its axes."""
    rows, columns = _rows(geometry), _columns(geometry)
    arrangement = scanning(geometry, rows.size, columns.size, northward=False)
    # ecCodes 2.42 lists the positions of these grids as if no row were scanned backwards
    forward = replace(arrangement, boustrophedon=False)
    latitudes, longitudes = (forward.arrange(p) for p in geometry.positions())
    coordinates = (
        Coordinate("rlat", ("rlat",), rows, _rotated("latitude", "Y")),
        Coordinate("rlon", ("rlon",), columns, _rotated("longitude", "X")),
        *positions(("rlat", "rlon"), latitudes, longitudes),
    )
    mapping = _rotated_pole(geometry)
    grid = Grid(
        kind=geometry.kind,
        dimensions=("rlat", "rlon"),
        shape=arrangement.shape,
        coordinates=coordinates,
        mapping=mapping,
        bbox=bounding_box(latitudes, longitudes),
        identity=identity(geometry.kind, mapping, coordinates),
    )
    return grid, arrangement


def _rotated(which: str, axis: str) -> dict[str, str]:
    return {"standard_name": f"grid_{which}", "units": "degrees", "axis": axis}


def _rotated_pole(geometry: Geometry) -> Attributes:
    south_latitude = geometry.keys["latitudeOfSouthernPoleInDegrees"]
    south_longitude = geometry.keys["longitudeOfSouthernPoleInDegrees"]
    return {
        "grid_mapping_name": "rotated_latitude_longitude",
        "grid_north_pole_latitude": -south_latitude,
        "grid_north_pole_longitude": (south_longitude + 180.0) % 360.0,
        "north_pole_grid_longitude": geometry.keys.get("angleOfRotationInDegrees", 0.0),
    } | earth_attributes(geometry)


def _rows(geometry: Geometry) -> NDArray[np.float64]:
    """Return latitudes from north to south: Gaussian ones as the source lists them."""
    count = geometry.whole("Nj")
    if geometry.kind == "regular_gg":
        found = np.unique(geometry.positions()[0])[::-1]
        if found.size == count:
            return np.ascontiguousarray(found)
    first = geometry.keys["latitudeOfFirstGridPointInDegrees"]
    last = geometry.keys["latitudeOfLastGridPointInDegrees"]
    return np.linspace(max(first, last), min(first, last), count)


def _columns(geometry: Geometry) -> NDArray[np.float64]:
    """Return longitudes from west to east, ascending across Greenwich."""
    count = geometry.whole("Ni")
    first = geometry.keys["longitudeOfFirstGridPointInDegrees"]
    last = geometry.keys["longitudeOfLastGridPointInDegrees"]
    west, east = (last, first) if geometry.flag("iScansNegatively") else (first, last)
    span = (east - west) % CIRCLE_DEGREES
    if count > 1 and span == 0.0:
        span = CIRCLE_DEGREES
    if count > 1 and abs(span * count / (count - 1) - CIRCLE_DEGREES) < CLOSED_CIRCLE_DEGREES:
        span = CIRCLE_DEGREES * (count - 1) / count
    if west + span > CIRCLE_DEGREES:
        west -= CIRCLE_DEGREES
    return west + np.linspace(0.0, span, count)
