"""Grids that are a list of cells: reduced Gaussian, HEALPix, and all that is not known better."""

from typing import Any

import numpy as np

from transforms.grids.arrangement import Arrangement
from transforms.grids.earth import SPHERE_RADIUS_METRES, earth_attributes
from transforms.grids.extent import bounding_box
from transforms.grids.gaussian import RowPositions, is_global, latitudes
from transforms.grids.geometry import Geometry
from transforms.grids.identity import identity
from transforms.grids.positions import LATITUDE, LONGITUDE, positions
from transforms.plans import (
    GLOBE,
    Attributes,
    Coordinate,
    Grid,
    PlannedVariable,
    Region,
    SlabReader,
    Values,
)

UNTURNED_DEGREES = frozenset({0.0, 45.0})
"""Longitude of the first HEALPix point where the grid is not turned; encoders leave 0 unset."""


class CellNumbers:
    """Reads the numbers of cells: each its own."""

    def read(self, region: Region, out: Values) -> None:
        """Count the cells of a region; see ``SlabReader``."""
        (part,) = region
        out[...] = np.arange(part.start, part.stop)


def lay_out_healpix(geometry: Geometry) -> tuple[Grid, Arrangement]:
    """Lay out a HEALPix grid in nested order, as CF 1.13 describes it; ring is put in place.

    A grid that nesting cannot describe (sides that are no power of two, turned in longitude) is
    laid out as cells with positions.
    """
    side = geometry.whole("Nside")
    first = geometry.keys.get("longitudeOfFirstGridPointInDegrees", 0.0)
    is_whole = geometry.points == 12 * side * side
    if side & (side - 1) or not is_whole or first not in UNTURNED_DEGREES:
        return lay_out_cells(geometry)
    mapping = {
        "grid_mapping_name": "healpix",
        "refinement_level": side.bit_length() - 1,
        "indexing_scheme": "nested",
        "earth_radius": SPHERE_RADIUS_METRES,
    }
    grid = Grid(
        kind="healpix",
        dimensions=("cell",),
        shape=(geometry.points,),
        coordinates=(),
        mapping=mapping,
        bbox=GLOBE,
        identity=identity("healpix", mapping, ()),
        listed=(healpix_cells(geometry.points),),
    )
    ring_side = 0 if geometry.flag("isNested") else side
    return grid, Arrangement((geometry.points,), ring_side=ring_side)


def healpix_cells(count: int) -> PlannedVariable:
    """Return the coordinate of all cells of a nested HEALPix grid."""
    about = {"standard_name": "healpix_index", "long_name": "nested HEALPix index", "units": "1"}
    return _listed("cell", count, np.dtype("int64"), about, CellNumbers())


def lay_out_reduced(geometry: Geometry) -> tuple[Grid, Arrangement]:
    """Lay out a reduced Gaussian grid: cells with positions; N and the rows stay in the mapping.

    CF names no such grid, so the mapping is the plain one of latitude and longitude.
    """
    rows = list(geometry.points_per_row)
    mapping = {
        "grid_mapping_name": "latitude_longitude",
        "N": geometry.whole("N"),
        "is_octahedral": int(geometry.flag("isOctahedral")),
        "pl": rows,
    } | earth_attributes(geometry)
    if not is_global(geometry):
        return _with_positions(geometry, mapping)
    pole = float(latitudes(geometry.whole("N"))[0])
    grid = Grid(
        kind=geometry.kind,
        dimensions=("cell",),
        shape=(geometry.points,),
        coordinates=(),
        mapping=mapping,
        bbox=(-180.0, -pole, 180.0, pole),
        identity=identity(geometry.kind, mapping, ()),
        listed=tuple(
            _listed(
                name,
                geometry.points,
                np.dtype("float64"),
                about,
                RowPositions(geometry.points_per_row, is_longitude=name == "longitude"),
            )
            for name, about in (("latitude", LATITUDE), ("longitude", LONGITUDE))
        ),
    )
    return grid, Arrangement((geometry.points,))


def lay_out_cells(geometry: Geometry) -> tuple[Grid, Arrangement]:
    """Lay out a grid of any other kind as cells in the order of the source, and name its kind."""
    mapping = {"grid_mapping_name": "latitude_longitude", "source_grid": geometry.kind}
    return _with_positions(geometry, mapping | earth_attributes(geometry))


def _listed(
    name: str, points: int, dtype: np.dtype[Any], about: Attributes, reader: SlabReader
) -> PlannedVariable:
    fill_value = np.nan if dtype.kind == "f" else 0
    return PlannedVariable(name, ("cell",), (points,), dtype, fill_value, about, reader, fields=0)


def _with_positions(geometry: Geometry, mapping: Attributes) -> tuple[Grid, Arrangement]:
    coordinates: tuple[Coordinate, ...] = ()
    bbox = GLOBE
    if geometry.latitudes is not None:
        coordinates = positions(("cell",), *geometry.positions())
        bbox = bounding_box(*geometry.positions())
    grid = Grid(
        kind=geometry.kind,
        dimensions=("cell",),
        shape=(geometry.points,),
        coordinates=coordinates,
        mapping=mapping,
        bbox=bbox,
        identity=identity(geometry.kind, {**mapping, "points": geometry.points}, coordinates),
    )
    return grid, Arrangement((geometry.points,))
