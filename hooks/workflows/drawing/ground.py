"""Where the cells of an array lie, by the CF attributes of its group."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import xarray as xr

_UNITS = {
    "latitude": {"degrees_north", "degree_north"},
    "longitude": {"degrees_east", "degree_east"},
}
_NAMES = {"latitude": {"latitude", "lat"}, "longitude": {"longitude", "lon"}}
_PLANES = (("y", "x"), ("rlat", "rlon"))
_CELL = "cell"


@dataclass(frozen=True, slots=True)
class Healpix:
    """A HEALPix grid: 12 · 4^``level`` cells on the globe."""

    level: int
    is_nested: bool

    @property
    def nside(self) -> int:
        """Return the number of cells along a base pixel's side."""
        return int(2**self.level)


def position(array: xr.DataArray, name: str) -> xr.DataArray | None:
    """Return the coordinate that holds ``latitude`` or ``longitude``; None where none does."""
    for key, coordinate in array.coords.items():
        attributes = coordinate.attrs
        is_meant = (
            attributes.get("standard_name") == name
            or attributes.get("units") in _UNITS[name]
            or str(key) in _NAMES[name]
        )
        if is_meant and coordinate.ndim > 0:
            return cast("xr.DataArray", coordinate)
    return None


def spatial_dimensions(array: xr.DataArray) -> tuple[str, ...]:
    """Return the dimensions of one field: rows and columns, or its cells; none without a place."""
    latitude, longitude = position(array, "latitude"), position(array, "longitude")
    if latitude is not None and longitude is not None:
        return tuple(dict.fromkeys(map(str, (*latitude.dims, *longitude.dims))))
    for plane in _PLANES:
        if set(plane) <= set(array.dims):
            return plane
    return (_CELL,) if _CELL in array.dims else ()


def healpix_of(dataset: xr.Dataset) -> Healpix | None:
    """Return the HEALPix grid that a group's grid mapping speaks of; None where none does."""
    for attributes in _grid_mappings(dataset):
        if attributes["grid_mapping_name"] == "healpix":
            scheme = attributes.get("indexing_scheme", "nested")
            return Healpix(int(attributes["refinement_level"]), is_nested=scheme == "nested")
    return None


def _grid_mappings(dataset: xr.Dataset) -> Iterator[dict[str, Any]]:
    for variable in dataset.variables.values():
        if "grid_mapping_name" in variable.attrs:
            yield variable.attrs
