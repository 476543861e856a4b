"""NetCDF-4 files. No times are written into them: their bytes are the same in any process."""

from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import netCDF4
import numpy as np

from sandbox.fields import Fields, Moment, Values
from sandbox.grids import RegularGrid
from sandbox.quantities import SURFACE, UPPER, hours_since_epoch

LIBRARY_LOCK = Lock()
"""The HDF5 library is not safe for threads."""

SST_SCALE, SST_OFFSET, SST_FILL = 0.01, 273.15, -32768
EPOCH = "hours since 2000-01-01 00:00:00"
DEPTHS_METRES = (0.5, 10.0, 50.0, 200.0)


def write_sst(path: Path, fields: Fields, grid: RegularGrid, time: datetime) -> None:
    """One day of sea-surface temperature: packed in 16 bits, missing on land; ice as float32."""
    moment = Moment(hours_since_epoch(time))
    with LIBRARY_LOCK, netCDF4.Dataset(path, "w") as dataset:
        _describe(dataset, "Sandbox sea-surface temperature, daily")
        _axes(dataset, grid, (moment.hours,))
        sst = _variable(dataset, "sea_surface_temperature", "i2", SST_FILL)
        sst.setncatts({"standard_name": "sea_surface_temperature", "units": "K"})
        sst.setncatts({"scale_factor": SST_SCALE, "add_offset": SST_OFFSET})
        sst[0] = _plane(SURFACE["sea_surface_temperature"].values(fields, grid, moment), grid)
        ice = _variable(dataset, "sea_ice_fraction", "f4", np.float32(-1.0))
        ice.setncatts({"standard_name": "sea_ice_area_fraction", "units": "1"})
        ice[0] = _plane(SURFACE["sea_ice_cover"].values(fields, grid, moment), grid)


def write_ocean_and_air(path: Path, fields: Fields, grid: RegularGrid, time: datetime) -> None:
    """Variables of three shapes: (time, depth, lat, lon), (time, lat, lon) and (lat, lon)."""
    first = hours_since_epoch(time)
    hours = tuple(first + 6 * step for step in range(4))
    with LIBRARY_LOCK, netCDF4.Dataset(path, "w") as dataset:
        _describe(dataset, "Sandbox ocean and air")
        _axes(dataset, grid, hours)
        dataset.createDimension("depth", len(DEPTHS_METRES))
        depth = dataset.createVariable("depth", "f4", ("depth",))
        depth.setncatts({"standard_name": "depth", "units": "m", "positive": "down", "axis": "Z"})
        depth[:] = DEPTHS_METRES
        _write_ocean(dataset, fields, grid, hours)
        _write_air(dataset, fields, grid, hours)


def _write_ocean(
    dataset: netCDF4.Dataset, fields: Fields, grid: RegularGrid, hours: tuple[float, ...]
) -> None:
    names = ("time", "depth", "lat", "lon")
    thetao = dataset.createVariable("thetao", "f4", names, zlib=True, fill_value=np.float32(1e20))
    thetao.setncatts({"standard_name": "sea_water_potential_temperature", "units": "degC"})
    sst = SURFACE["sea_surface_temperature"]
    for step, hour in enumerate(hours):
        surface = sst.values(fields, grid, Moment(hour)) - 273.15
        for level, metres in enumerate(DEPTHS_METRES):
            cooled = 3 + (surface - 3) * np.exp(-metres / 150)
            thetao[step, level] = _plane(cooled, grid)


def _write_air(
    dataset: netCDF4.Dataset, fields: Fields, grid: RegularGrid, hours: tuple[float, ...]
) -> None:
    for name, quantity in (
        ("t2m", SURFACE["2m_temperature"]),
        ("u10", SURFACE["10m_u_component_of_wind"]),
    ):
        variable = _variable(dataset, name, "f4", np.float32(1e20))
        variable.setncatts({"long_name": quantity.name, "units": quantity.units.replace("**", "")})
        for step, hour in enumerate(hours):
            variable[step] = _plane(quantity.values(fields, grid, Moment(hour)), grid)
    height = dataset.createVariable("orography", "f4", ("lat", "lon"), zlib=True)
    height.setncatts({"standard_name": "surface_altitude", "units": "m"})
    geopotential = UPPER["geopotential"].values(fields, grid, Moment(0.0, 1000))
    height[:] = np.maximum(_plane(geopotential, grid) / 9.80665, 0)


def _plane(
    values: Values, grid: RegularGrid
) -> "np.ma.MaskedArray[tuple[int, int], np.dtype[np.float64]]":
    shape = (grid.latitudes.size, grid.longitudes.size)
    missing = np.isnan(values)
    return np.ma.array(np.where(missing, SST_OFFSET, values), mask=missing).reshape(shape)


def _describe(dataset: netCDF4.Dataset, title: str) -> None:
    dataset.setncatts({"Conventions": "CF-1.10", "title": title, "institution": "Sandbox"})


def _axes(dataset: netCDF4.Dataset, grid: RegularGrid, hours: tuple[float, ...]) -> None:
    axes = (
        ("time", "f8", hours, {"standard_name": "time", "units": EPOCH, "axis": "T"}),
        ("lat", "f4", grid.latitudes, {"standard_name": "latitude", "units": "degrees_north"}),
        ("lon", "f4", grid.longitudes, {"standard_name": "longitude", "units": "degrees_east"}),
    )
    for name, kind, values, attributes in axes:
        dataset.createDimension(name, len(values))
        variable = dataset.createVariable(name, kind, (name,))
        variable.setncatts(attributes)
        variable[:] = values
    dataset["time"].calendar = "standard"


def _variable(
    dataset: netCDF4.Dataset, name: str, kind: str, fill: int | np.float32
) -> "netCDF4.Variable[Any]":
    names = ("time", "lat", "lon")
    return dataset.createVariable(name, kind, names, zlib=True, complevel=4, fill_value=fill)
