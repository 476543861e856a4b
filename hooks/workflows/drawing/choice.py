"""Which variable of a group to draw, and which slice of it."""

from typing import cast

import numpy as np
import xarray as xr

from hooks.workflows.drawing.ground import spatial_dimensions

FAVOURITES = (
    *("t2m", "2t", "avg_2t", "sst", "avg_tos", "tcc", "msl", "prmsl", "tp", "tprate", "skt"),
    *("t", "si10", "ws", "u10", "z", "gh", "q", "r", "u"),
    *("sea_surface_temperature", "air_temperature", "precipitation_flux", "wind_speed"),
)
"""Names and CF standard names that people recognise at a glance, the best known first."""

_LEAST_CELLS = 4


def rank(dataset: xr.Dataset) -> tuple[int, int] | None:
    """Return how well known the best variable of a group is, low is well; None without any."""
    array = choose(dataset, None)
    return None if array is None else _rank(array)


def choose(dataset: xr.Dataset, wanted: str | None) -> xr.DataArray | None:
    """Return the variable to draw: the wanted one, or the best known; None where there is none.

    Maps go before all else, and a group's own order decides between the unknown.
    """
    drawable = [array for array in dataset.data_vars.values() if _is_drawable(array)]
    if wanted is not None:
        drawable = [array for array in drawable if array.name == wanted]
    return min(drawable, key=_rank, default=None)


def first_field(array: xr.DataArray) -> xr.DataArray:
    """Return the first slice of a map, or of anything else its longest line, read into memory."""
    keep = spatial_dimensions(array) if is_map(array) else (_longest(array),)
    first = {dimension: 0 for dimension in array.dims if dimension not in keep}
    return array.isel(first).transpose(*keep).load()


def is_map(array: xr.DataArray) -> bool:
    """Return whether an array covers an area: two steps each way, or a handful of cells."""
    sizes = [array.sizes[dimension] for dimension in spatial_dimensions(array)]
    return bool(sizes) and min(sizes) > 1 and int(np.prod(sizes)) >= _LEAST_CELLS


def _is_drawable(array: xr.DataArray) -> bool:
    return array.dtype.kind in "biuf" and array.ndim > 0 and array.size > 0


def _rank(array: xr.DataArray) -> tuple[int, int]:
    names = {str(array.name), str(array.attrs.get("standard_name"))}
    known = [place for place, name in enumerate(FAVOURITES) if name in names]
    return (0 if is_map(array) else 1, min(known, default=len(FAVOURITES)))


def _longest(array: xr.DataArray) -> str:
    return cast("str", max(array.dims, key=lambda dimension: array.sizes[dimension]))
