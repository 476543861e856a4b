"""Where the cells of a grid lie once neighbours have become one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from transforms.decoders.cf_axes import is_latitude, is_longitude
from transforms.grids.cells import healpix_cells
from transforms.plans import Coordinate, Grid, PlannedHypercube, Values
from transforms.tiling import HEALPIX_BASE_PIXELS


def coarser_healpix(
    hypercube: PlannedHypercube,
) -> tuple[Grid, tuple[Coordinate, ...]] | None:
    """Return the grid of the parents of whole nested HEALPix cells; None for any other grid."""
    grid = hypercube.grid
    level = int(grid.mapping.get("refinement_level", 0))
    is_nested = grid.mapping.get("indexing_scheme") == "nested"
    if grid.kind != "healpix" or not is_nested or grid.shape != (HEALPIX_BASE_PIXELS * 4**level,):
        return None
    cells = grid.shape[0] // 4
    mapping = {**grid.mapping, "refinement_level": level - 1}
    coarser = replace(grid, mapping=mapping, shape=(cells,), listed=(healpix_cells(cells),))
    coordinates = tuple(
        replace(c, attributes=mapping) if "grid_mapping_name" in c.attributes else c
        for c in hypercube.coordinates
    )
    return coarser, coordinates


def coarser_coordinates(
    coordinates: Sequence[Coordinate], dimensions: tuple[str, ...]
) -> tuple[Coordinate, ...]:
    """Return coordinates of means over two by two cells: the middle of the points they are of.

    The last of an odd number stands alone. True positions along both dimensions are averaged on
    the sphere; what else lies along them has no middle and is left out.
    """
    bounds = {str(c.attributes["bounds"]) for c in coordinates if "bounds" in c.attributes}
    both = _positions(coordinates, dimensions)
    found: list[Coordinate] = []
    for coordinate in coordinates:
        along = set(coordinate.dimensions) & set(dimensions)
        if not along:
            found.append(coordinate)
        elif coordinate.name in both:
            found.append(_unbounded(both[coordinate.name]))
        elif coordinate.name in bounds and coordinate.values.shape[1:] == (2,):
            found.append(replace(coordinate, values=_edges(coordinate.values)))
        elif coordinate.values.ndim == 1 and coordinate.values.dtype.kind in "iuf":
            found.append(_middle(coordinate))
    return tuple(found)


def _middle(coordinate: Coordinate) -> Coordinate:
    values = coordinate.values.astype(np.float64)
    first, second = values[::2], values[1::2]
    apart = second - first[: second.size]
    if is_longitude(coordinate.name, coordinate.attributes):
        apart = (apart + 180.0) % 360.0 - 180.0
    first = first.copy()
    first[: second.size] += apart / 2
    return replace(coordinate, values=first)


def _edges(bounds: Values) -> Values:
    """Return the begin of the first and the end of the second of each two cells."""
    merged = bounds[::2].copy()
    merged[: bounds[1::2].shape[0], 1] = bounds[1::2, 1]
    return merged


def _positions(
    coordinates: Sequence[Coordinate], dimensions: tuple[str, ...]
) -> dict[str, Coordinate]:
    """Return latitudes and longitudes along both dimensions, averaged on the sphere."""
    flat = [c for c in coordinates if c.dimensions == dimensions and c.values.dtype.kind == "f"]
    latitude = next((c for c in flat if is_latitude(c.name, c.attributes)), None)
    longitude = next((c for c in flat if is_longitude(c.name, c.attributes)), None)
    if latitude is None or longitude is None:
        return {}
    north, east = np.radians(latitude.values), np.radians(longitude.values)
    x, y, z = (
        _sums(one)
        for one in (np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north))
    )
    north, east = np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))
    return {
        latitude.name: replace(latitude, values=north.astype(latitude.values.dtype)),
        longitude.name: replace(longitude, values=east.astype(longitude.values.dtype)),
    }


def _sums(values: Values) -> Values:
    rows = np.add.reduceat(values, range(0, values.shape[0], 2), axis=0)
    found: Values = np.add.reduceat(rows, range(0, values.shape[1], 2), axis=1)
    return found


def _unbounded(coordinate: Coordinate) -> Coordinate:
    """Return a coordinate without its corners, which nobody has computed."""
    told = {k: v for k, v in coordinate.attributes.items() if k != "bounds"}
    return replace(coordinate, attributes=told)
