from datetime import UTC, datetime
from pathlib import Path

import netCDF4
import numpy as np

from sandbox.fields import Fields
from sandbox.grids import RegularGrid
from sandbox.netcdf import SST_FILL, write_ocean_and_air, write_sst

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
GRID = RegularGrid(5.0)


def test_sst_is_packed_with_scale_offset_and_fill_value(tmp_path: Path) -> None:
    write_sst(tmp_path / "sst.nc", Fields(1), GRID, NOON)

    with netCDF4.Dataset(tmp_path / "sst.nc") as dataset:
        sst, ice = dataset["sea_surface_temperature"], dataset["sea_ice_fraction"]
        values = sst[:]
        assert (sst.dtype, ice.dtype, sst._FillValue) == (np.int16, np.float32, SST_FILL)
        assert np.ma.count_masked(values) > 0
        assert 270 < values.min() < values.max() < 311
        assert dataset.Conventions == "CF-1.10"


def test_ocean_and_air_hold_variables_of_several_shapes(tmp_path: Path) -> None:
    write_ocean_and_air(tmp_path / "both.nc", Fields(1), GRID, NOON)

    with netCDF4.Dataset(tmp_path / "both.nc") as dataset:
        assert dataset["thetao"].dimensions == ("time", "depth", "lat", "lon")
        assert dataset["t2m"].dimensions == ("time", "lat", "lon")
        assert dataset["orography"].dimensions == ("lat", "lon")


def test_the_same_day_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.nc", "b.nc"):
        write_sst(tmp_path / name, Fields(1), GRID, NOON)

    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
