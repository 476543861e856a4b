"""GRIB messages, made with ecCodes.

A ``Template`` holds what the messages of one product share and is encoded once; each message is a
copy of it with its own keys and values. The order of keys matters to ecCodes: the local section
must exist before its keys, the type of level before the level, the parameter after both.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import eccodes
import numpy as np

from sandbox.fields import Values
from sandbox.grids import Grid, HealpixGrid, OctahedralGrid, RegularGrid

Key = tuple[str, str | int | float]

MISSING = 9999.0
BITS = 16
TABLES_VERSION = 32


@dataclass(frozen=True, slots=True)
class Template:
    """An edition, a grid, and keys that all messages share, in the order of setting.

    ``is_upper_air`` concerns GRIB 1 only, whose pressure levels need a sample of their own.
    """

    edition: int
    grid: Grid
    keys: tuple[Key, ...]
    is_upper_air: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """What one message says of itself. ``keys`` are set last."""

    param_id: int
    reference: datetime
    level_hpa: int | None = None
    keys: tuple[Key, ...] = ()


def message(template: Template, label: Label, values: Values) -> bytes:
    """One message; NaN becomes a bitmap. Raises eccodes.CodesInternalError for unknown keys."""
    handle = eccodes.codes_new_from_message(_encoded(template))
    try:
        _set(handle, _label_keys(template.edition, label))
        _set_values(handle, values)
        return bytes(eccodes.codes_get_message(handle))
    finally:
        eccodes.codes_release(handle)


def _label_keys(edition: int, label: Label) -> tuple[Key, ...]:
    when: tuple[Key, ...] = (
        ("dataDate", int(label.reference.strftime("%Y%m%d"))),
        ("dataTime", int(label.reference.strftime("%H%M"))),
    )
    level: tuple[Key, ...] = ()
    if label.level_hpa is not None:
        level = (("typeOfLevel", "isobaricInhPa"), ("level", label.level_hpa))
    param: tuple[Key, ...] = (("paramId", label.param_id),)
    if edition == 1:  # ecCodes has the type of a pressure level in GRIB1's sample, not to be set
        return when + param + level[1:] + label.keys
    return when + label.keys + level + param


def _set_values(handle: int, values: Values) -> None:
    missing = np.isnan(values)
    if missing.any():
        eccodes.codes_set(handle, "bitmapPresent", 1)
        eccodes.codes_set(handle, "missingValue", MISSING)
        values = np.where(missing, MISSING, values)
    eccodes.codes_set_values(handle, values)


def _set(handle: int, keys: tuple[Key, ...]) -> None:
    for key, value in keys:
        eccodes.codes_set(handle, key, value)


@lru_cache(maxsize=64)
def _encoded(template: Template) -> bytes:
    handle = eccodes.codes_grib_new_from_samples(_sample(template))
    try:
        if template.edition == 2:  # noqa: PLR2004 - GRIB's editions are 1 and 2
            _set(handle, (("tablesVersion", TABLES_VERSION), ("centre", "ecmf")))
        _set_grid(handle, template.grid)
        packing = "grid_simple" if template.edition == 1 else "grid_ccsds"
        _set(handle, (*template.keys, ("packingType", packing), ("bitsPerValue", BITS)))
        return bytes(eccodes.codes_get_message(handle))
    finally:
        eccodes.codes_release(handle)


def _sample(template: Template) -> str:
    if isinstance(template.grid, OctahedralGrid):
        return "reduced_gg_sfc_grib2"
    if template.edition == 2:  # noqa: PLR2004 - GRIB's editions are 1 and 2
        return "GRIB2"
    return "regular_ll_pl_grib1" if template.is_upper_air else "regular_ll_sfc_grib1"


def _set_grid(handle: int, grid: Grid) -> None:
    if isinstance(grid, RegularGrid):
        _set(handle, _regular_keys(grid))
    elif isinstance(grid, HealpixGrid):
        order = "nested" if grid.nested else "ring"
        _set(
            handle, (("gridType", "healpix"), ("Nside", grid.nside), ("orderingConvention", order))
        )
        _set(handle, (("longitudeOfFirstGridPointInDegrees", 45.0),))
    elif isinstance(grid, OctahedralGrid):
        _set_octahedral(handle, grid)
    else:
        raise TypeError(f"expected a regular, octahedral or HEALPix grid, came {grid}")


def _regular_keys(grid: RegularGrid) -> tuple[Key, ...]:
    latitudes, longitudes = grid.latitudes, grid.longitudes
    return (
        ("Ni", longitudes.size),
        ("Nj", latitudes.size),
        ("latitudeOfFirstGridPointInDegrees", float(latitudes[0])),
        ("longitudeOfFirstGridPointInDegrees", float(longitudes[0])),
        ("latitudeOfLastGridPointInDegrees", float(latitudes[-1])),
        ("longitudeOfLastGridPointInDegrees", float(longitudes[-1])),
        ("iDirectionIncrementInDegrees", grid.step),
        ("jDirectionIncrementInDegrees", grid.step),
    )


def _set_octahedral(handle: int, grid: OctahedralGrid) -> None:
    lengths, latitudes = grid.row_lengths, grid.latitudes
    _set(handle, (("N", grid.n), ("Nj", 2 * grid.n)))
    eccodes.codes_set_array(handle, "pl", list(lengths))
    _set(
        handle,
        (
            ("latitudeOfFirstGridPointInDegrees", float(latitudes[0])),
            ("latitudeOfLastGridPointInDegrees", float(latitudes[-1])),
            ("longitudeOfFirstGridPointInDegrees", 0.0),
            ("longitudeOfLastGridPointInDegrees", 360 - 360 / max(lengths)),
        ),
    )
