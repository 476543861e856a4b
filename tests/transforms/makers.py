"""Makers of granules: small GRIB messages and NetCDF files, made where they are needed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import eccodes
import netCDF4
import numpy as np

from lake import multihash
from lake.nouns import Granule
from transforms.granules import LocalGranule

COLUMNS, ROWS = 4, 3
POINTS = COLUMNS * ROWS
SMALL_GRID = {
    "Ni": COLUMNS,
    "Nj": ROWS,
    "latitudeOfFirstGridPointInDegrees": 60,
    "latitudeOfLastGridPointInDegrees": 58,
    "longitudeOfFirstGridPointInDegrees": 10,
    "longitudeOfLastGridPointInDegrees": 13,
    "iDirectionIncrementInDegrees": 1,
    "jDirectionIncrementInDegrees": 1,
}
CLIMATE_DT = {
    "productionStatusOfProcessedData": 12,
    "setLocalDefinition": 1,
    "class": "d1",
    "dataset": "climate-dt",
    "activity": "projections",
    "experiment": "SSP3-7.0",
    "generation": 1,
    "model": "IFS-NEMO",
    "realization": 1,
    "resolution": "high",
    "stream": "clte",
}


def a_message(
    values: Sequence[float] | np.ndarray | None = None,
    sample: str = "regular_ll_sfc_grib2",
    grid: dict[str, Any] | None = None,
    **keys: Any,
) -> bytes:
    """Make one GRIB message; keys are set in their order, NaN makes a bitmap."""
    handle = eccodes.codes_grib_new_from_samples(sample)
    for key, value in ((SMALL_GRID if grid is None else grid) | keys).items():
        eccodes.codes_set(handle, key, value)
    field = np.arange(POINTS) + 273.0 if values is None else np.asarray(values, float)
    if np.isnan(field).any():
        eccodes.codes_set(handle, "bitmapPresent", 1)
        eccodes.codes_set(handle, "missingValue", 1e20)
        field = np.where(np.isnan(field), 1e20, field)
    eccodes.codes_set_values(handle, field)
    message: bytes = eccodes.codes_get_message(handle)
    eccodes.codes_release(handle)
    return message


def a_file(path: Path, *pieces: bytes) -> LocalGranule:
    """Write pieces to a file, and return it as a granule."""
    path.write_bytes(b"".join(pieces))
    return local(path)


def local(
    path: Path, part: str = "main", media_type: str = "application/wmo-GRIB2"
) -> LocalGranule:
    data = path.read_bytes()
    digest = multihash.of_bytes(data)
    return LocalGranule(path, media_type, Granule(digest, len(data), media_type, path.name, part))


def a_netcdf(path: Path, times: int = 2, fmt: str = "NETCDF4", name: str = "t2m") -> LocalGranule:
    """Make a CF file of one variable on a small grid, float32, with one missing value."""
    with netCDF4.Dataset(path, "w", format=fmt) as file:
        for dimension, size in (("time", times), ("lat", ROWS), ("lon", COLUMNS)):
            file.createDimension(dimension, size)
        add(file, "time", ("time",), np.arange(times), units="hours since 2024-01-01")
        add(file, "lat", ("lat",), np.linspace(60, 58, ROWS), units="degrees_north")
        add(file, "lon", ("lon",), np.linspace(10, 13, COLUMNS), units="degrees_east")
        values = np.arange(times * POINTS, dtype="f4").reshape(times, ROWS, COLUMNS) + 273
        values[0, 0, 0] = 1e20
        variable = file.createVariable(name, "f4", ("time", "lat", "lon"), fill_value=1e20)
        variable.setncatts({"units": "K", "standard_name": "air_temperature"})
        variable[:] = values
    return local(path, media_type="application/x-netcdf")


def add(file: Any, name: str, dimensions: tuple[str, ...], values: Any, **about: Any) -> None:
    """Add a variable of float64, or of the values' own type, to an open NetCDF file."""
    array = np.asarray(values)
    kind = "f8" if array.dtype.kind == "i" and "dtype" not in about else array.dtype
    variable = file.createVariable(name, about.pop("dtype", kind), dimensions)
    variable.setncatts(about)
    variable[...] = array
