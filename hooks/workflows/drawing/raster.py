"""Fields on any grid brought onto a picture's rows and columns, by the nearest cell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import healpix
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from hooks.workflows.drawing.ground import Healpix, healpix_of, position

Values = NDArray[Any]

WIDTH, HEIGHT = 996, 498
"""Pixels of the largest map: one for each that is drawn."""

FULL_CIRCLE_DEGREES = 360.0
_WIDEST_GAP_STEPS, _WIDEST_GAP_DEGREES = 1.5, 10.0
"""How wide a gap in longitude may be before the circle counts as open: either will do."""
_POLAR_CAP_DEGREES = 1.0
"""How near to a pole the outermost row may lie and be drawn up to it."""
_FINEST_ISOLINES = 4
"""Pixels per cell above which isolines would follow the edges of cells."""


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """Edges in degrees; ``east`` may exceed 180 where the box crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def columns(self, count: int) -> Values:
        """Return the longitudes of ``count`` pixels' centres."""
        return self.west + (np.arange(count) + 0.5) * (self.east - self.west) / count

    def rows(self, count: int) -> Values:
        """Return the latitudes of ``count`` pixels' centres, from north to south."""
        return self.north - (np.arange(count) + 0.5) * (self.north - self.south) / count

    def shape(self) -> tuple[int, int]:
        """Return rows and columns for square pixels in degrees that fill the picture."""
        scale = min(WIDTH / (self.east - self.west), HEIGHT / (self.north - self.south))
        return (
            max(round((self.north - self.south) * scale), 2),
            max(round((self.east - self.west) * scale), 2),
        )


GLOBE = Box(-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Values on rows from north to south and columns from west to east."""

    values: Values
    box: Box
    is_smooth: bool = True
    """Whether the cells are small enough for isolines."""


def raster_of(field: xr.DataArray, dataset: xr.Dataset) -> Raster | None:
    """Return a field as a raster; None where its grid does not say where in the world it is."""
    latitude, longitude = position(field, "latitude"), position(field, "longitude")
    if field.ndim == 1:
        grid = healpix_of(dataset)
        if grid is not None:
            return _healpix(field, grid)
        if latitude is None or longitude is None:
            return None
        return _cells(field.values, latitude.values, longitude.values)
    if latitude is None or longitude is None or latitude.ndim != 1:
        return None
    return _regular(field.values, latitude.values, longitude.values)


def _regular(values: Values, latitudes: Values, longitudes: Values) -> Raster:
    box = _box(latitudes, longitudes)
    finest_rows, finest_columns = box.shape()
    rows, columns = min(finest_rows, latitudes.size), min(finest_columns, longitudes.size)
    row = _nearest(latitudes, box.rows(rows))
    column = _nearest_on_circle(longitudes, box.columns(columns))
    return Raster(values[np.ix_(row, column)], box)


def _cells(values: Values, latitudes: Values, longitudes: Values) -> Raster:
    """Rows of equal latitude (reduced Gaussian) keep their cells; others are averaged in bins."""
    rings, ring = np.unique(np.round(latitudes, 6), return_inverse=True)
    box = _box(rings, longitudes)
    if rings.size * 4 > values.size:
        return _binned(values, latitudes, longitudes, box)
    order = np.lexsort((longitudes, ring))
    starts = np.searchsorted(ring[order], np.arange(rings.size + 1))
    rows, columns = box.shape()
    raster = np.empty((rows, columns))
    for row, number in enumerate(_nearest(rings, box.rows(rows))):
        cells = order[starts[number] : starts[number + 1]]
        raster[row] = values[cells[_nearest_on_circle(longitudes[cells], box.columns(columns))]]
    return Raster(raster, box, _is_smooth(raster, values))


def _binned(values: Values, latitudes: Values, longitudes: Values, box: Box) -> Raster:
    full_rows, full_columns = box.shape()
    coarser = max(1.0, float(np.sqrt(2.0 * full_rows * full_columns / values.size)))
    rows, columns = max(int(full_rows / coarser), 2), max(int(full_columns / coarser), 2)
    row = ((box.north - latitudes) / (box.north - box.south) * rows).clip(0, rows - 1)
    east = (longitudes - box.west) % FULL_CIRCLE_DEGREES
    column = (east / (box.east - box.west) * columns).clip(0, columns - 1)
    place = row.astype(int) * columns + column.astype(int)
    known = np.isfinite(values)
    sums = np.bincount(place[known], values[known], minlength=rows * columns)
    counts = np.bincount(place[known], minlength=rows * columns)
    means = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    raster, found = means.reshape(rows, columns), counts.reshape(rows, columns) > 0
    if box.east - box.west >= FULL_CIRCLE_DEGREES:
        _fill_along_rows(raster, found)
    return Raster(raster, box)


def _fill_along_rows(raster: Values, found: Values) -> None:
    """Give bins without a cell the value beside them: near the poles, cells are far between."""
    columns = np.arange(raster.shape[1])
    turn = FULL_CIRCLE_DEGREES / columns.size
    for row, known in zip(raster, found, strict=True):
        if known.any():
            row[:] = row[known][_nearest_on_circle(columns[known] * turn, columns * turn)]


def _healpix(field: xr.DataArray, grid: Healpix) -> Raster:
    find = _cell_finder(field, grid)
    box = GLOBE
    if field.size < 12 * grid.nside**2:
        cells = _index(field).values
        longitudes, latitudes = healpix.pix2ang(
            grid.nside, cells, nest=grid.is_nested, lonlat=True
        )
        box = _box(np.unique(latitudes), longitudes)
    rows, columns = box.shape()
    longitude, latitude = np.meshgrid(box.columns(columns), box.rows(rows))
    wanted = healpix.ang2pix(grid.nside, longitude, latitude, nest=grid.is_nested, lonlat=True)
    raster = find(wanted)
    return Raster(raster, box, _is_smooth(raster, field.values))


def _cell_finder(field: xr.DataArray, grid: Healpix) -> Callable[[Values], Values]:
    """Return what gives the values of HEALPix cells, NaN for those outside the field."""
    values = field.values
    if field.size == 12 * grid.nside**2:
        return lambda wanted: values[wanted]
    cells = _index(field).values
    order = np.argsort(cells)

    def find(wanted: Values) -> Values:
        place = order[np.searchsorted(cells, wanted, sorter=order).clip(0, cells.size - 1)]
        return np.where(cells[place] == wanted, values[place], np.nan)

    return find


def _is_smooth(raster: Values, values: Values) -> bool:
    return bool(raster.size <= _FINEST_ISOLINES * values.size)


def _index(field: xr.DataArray) -> xr.DataArray:
    named = (c for c in field.coords.values() if c.attrs.get("standard_name") == "healpix_index")
    return next(named, field[field.dims[0]])


def _box(latitudes: Values, longitudes: Values) -> Box:
    """Return the edges of all cells: half a step beyond the outermost of their centres."""
    around = np.unique(np.round(longitudes % FULL_CIRCLE_DEGREES, 6))
    steps = np.diff(around, append=around[0] + FULL_CIRCLE_DEGREES)
    step = float(np.median(steps))
    half = abs(float(np.median(np.diff(latitudes)))) / 2
    south, north = float(latitudes.min()) - half, float(latitudes.max()) + half
    polar = max(half, _POLAR_CAP_DEGREES) - 90.0
    south, north = (-90.0 if south < polar else south), (90.0 if north > -polar else north)
    widest = int(steps.argmax())
    if steps[widest] <= max(_WIDEST_GAP_STEPS * step, _WIDEST_GAP_DEGREES):
        return Box(-180.0, south, 180.0, north)
    west = float(around[(widest + 1) % around.size])
    span = FULL_CIRCLE_DEGREES - float(steps[widest])
    west = (west + 180.0) % FULL_CIRCLE_DEGREES - 180.0
    return Box(west - step / 2, south, west + span + step / 2, north)


def _nearest(centres: Values, wanted: Values) -> NDArray[np.intp]:
    order = np.argsort(centres)
    middles = (centres[order][1:] + centres[order][:-1]) / 2
    return order[np.searchsorted(middles, wanted)]


def _nearest_on_circle(centres: Values, wanted: Values) -> NDArray[np.intp]:
    around = centres % FULL_CIRCLE_DEGREES
    turns = (-FULL_CIRCLE_DEGREES, 0.0, FULL_CIRCLE_DEGREES)
    thrice = np.concatenate([around + turn for turn in turns])
    return _nearest(thrice, wanted % FULL_CIRCLE_DEGREES) % centres.size
