"""NetCDF granules as hypercubes."""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tests.contracts.decoder import DecoderContract
from tests.transforms.makers import a_netcdf, add, local
from transforms.convert import convert
from transforms.decoders.netcdf_decoder import NetcdfDecoder
from transforms.granules import LocalGranule
from transforms.recipe import Recipe


class TestNetcdf4Decoder(DecoderContract):
    @pytest.fixture
    def decoder(self) -> NetcdfDecoder:
        return NetcdfDecoder(threads=2)

    @pytest.fixture
    def granule(self, tmp_path: Path) -> LocalGranule:
        return a_netcdf(tmp_path / "a.nc")

    @pytest.fixture
    def other(self, tmp_path: Path) -> LocalGranule:
        return a_netcdf(tmp_path / "b.nc", name="d2m")


class TestClassicDecoder(TestNetcdf4Decoder):
    @pytest.fixture
    def granule(self, tmp_path: Path) -> LocalGranule:
        return a_netcdf(tmp_path / "a.nc", fmt="NETCDF3_CLASSIC")


def opened(tmp_path: Path, path: Path) -> xr.Dataset:
    done = convert([local(path)], Recipe(), str(tmp_path / "cube"))
    return xr.open_zarr(done.cube.location)


def made(path: Path) -> Any:
    file = netCDF4.Dataset(path, "w")
    for dimension, size in (("time", 2), ("x", 3), ("letters", 4)):
        file.createDimension(dimension, size)
    return file


def test_missing_values_are_nan_and_whole_numbers_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "kinds.nc"
    with made(path) as file:
        add(file, "flag", ("x",), np.array([1, 2, 3], "i2"), dtype="i2")
        kind = file.createEnumType("u1", "kind", {"land": 1, "sea": 2})
        file.createVariable("mask", kind, ("x",))[:] = np.array([1, 2, 1], "u1")
        add(file, "t", ("x",), np.array([1.0, np.nan, 3.0], "f4"))
    found = opened(tmp_path, path)

    assert found.flag.dtype == np.int16
    assert found["mask"].attrs == {"flag_values": [1, 2], "flag_meanings": "land sea"}
    np.testing.assert_array_equal(found["mask"], [1, 2, 1])
    np.testing.assert_array_equal(found.t, [1.0, np.nan, 3.0])


def test_packed_numbers_stay_packed_and_are_measured_in_physical_units(tmp_path: Path) -> None:
    path = tmp_path / "packed.nc"
    with made(path) as file:
        add(file, "lon", ("x",), np.array([10, 20, 30], "i2"), dtype="i2", scale_factor=0.1)
        packed = file.createVariable("packed", "i2", ("time", "x"), fill_value=-9)
        packed.setncatts({"scale_factor": 0.5, "add_offset": 10.0, "units": "K"})
        packed[:] = np.ma.array([[11.0, 12.0, 13.0]] * 2, mask=[[False, True, False]] * 2)
    done = convert([local(path)], Recipe(), str(tmp_path / "cube"))
    row = done.metrics[done.metrics.variable == "packed"].iloc[0]
    found = xr.open_zarr(done.cube.location)

    assert xr.open_zarr(done.cube.location, mask_and_scale=False).packed.dtype == np.int16
    np.testing.assert_array_equal(found.packed, [[11.0, np.nan, 13.0]] * 2)
    assert (row.missing, row.minimum, row.maximum, row["mean"]) == (1, 11.0, 13.0, 12.0)
    assert found.lon.dtype.kind == "f"


@pytest.mark.parametrize(
    ("units", "calendar"),
    [
        ("days since 2000-02-28", "360_day"),
        ("months since 1960-01-01", "standard"),
        ("days since 0000-00-00", "standard"),
        ("fortnights since yesterday", "lunar"),
    ],
)
def test_odd_calendars_still_open(units: str, calendar: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.nc"
    with made(path) as file:
        add(file, "time", ("time",), [0.0, 2.0], units=units, calendar=calendar)
        add(file, "t", ("time", "x"), np.ones((2, 3), "f4"))

    assert opened(tmp_path, path).t.shape == (2, 3)


def test_words_and_groups_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "groups.nc"
    with made(path) as file:
        add(file, "time", ("time",), [0.0, 1.0], units="days since 2024-01-01")
        add(file, "t", ("time", "x"), np.ones((2, 3), "f4"))
        names = file.createVariable("name", "S1", ("x", "letters"))
        names[:] = netCDF4.stringtochar(np.array(["rome", "bonn", "riga"], "S4"))
        add(file.createGroup("sea"), "t", ("time", "x"), np.zeros((2, 3), "f4"))
    done = convert([local(path)], Recipe(), str(tmp_path / "cube"))
    tree = xr.open_datatree(done.cube.location, engine="zarr")

    assert sorted(tree.children) == ["netcdf", "sea"]
    assert tree["netcdf"]["name"].to_numpy().tolist() == ["rome", "bonn", "riga"]
    assert tree["sea"]["time"].to_numpy()[0] == np.datetime64("2024-01-01")


def test_what_no_cube_can_hold_is_left_out_aloud(tmp_path: Path) -> None:
    path = tmp_path / "ragged.nc"
    with made(path) as file:
        add(file, "t", ("time", "x"), np.ones((2, 3), "f4"))
        file.createVariable("ragged", file.createVLType(np.int32, "list"), ("x",))
    done = convert([local(path)], Recipe(), str(tmp_path / "cube"))

    assert "ragged" in done.cube.left_out[0].where
    assert done.cube.fields_read == 2
    assert done.cube.fields_written == 1
