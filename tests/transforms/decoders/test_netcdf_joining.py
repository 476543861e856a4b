"""Granules that hold the same variables at other times become one hypercube."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr

from tests.transforms.makers import add, local
from transforms.convert import Conversion, convert
from transforms.granules import LocalGranule
from transforms.recipe import Recipe

HOURS = "hours since 2024-01-01"
LATITUDES, LONGITUDES = (50.0, 49.0), (10.0, 11.0, 12.0)


def a_part(
    path: Path,
    times: Sequence[float],
    units: str = HOURS,
    latitudes: Sequence[float] = LATITUDES,
    packing: dict[str, Any] | None = None,
    **about: Any,
) -> LocalGranule:
    """A granule of ``t`` = hour since 2024 and of a static ``mask``, with bounds of its times."""
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts({"title": "t", "history": path.name})
        for name, size in (("time", None), ("lat", len(latitudes)), ("lon", 3), ("nv", 2)):
            file.createDimension(name, size)
        moments = np.array(times)
        add(file, "time", ("time",), moments, units=units, bounds="time_bnds")
        add(file, "time_bnds", ("time", "nv"), np.stack([moments - 1, moments], 1))
        add(file, "lat", ("lat",), np.array(latitudes), units="degrees_north")
        add(file, "lon", ("lon",), np.array(LONGITUDES), units="degrees_east")
        kind = "i2" if packing else "f4"
        variable = file.createVariable("t", kind, ("time", "lat", "lon"))
        variable.setncatts({"units": "K"} | about | (packing or {}))
        hours = netCDF4.date2num(netCDF4.num2date(moments, units), HOURS)
        variable[:] = np.broadcast_to(hours[:, None, None], (len(times), len(latitudes), 3))
        add(file, "mask", ("lat", "lon"), np.ones((len(latitudes), 3), "f4"))
    return local(path, part=path.stem, media_type="application/x-netcdf")


def converted(tmp_path: Path, *granules: LocalGranule) -> Conversion:
    return convert(granules, Recipe(), str(tmp_path / "cube"))


def test_parts_of_a_day_become_one_hypercube(tmp_path: Path) -> None:
    parts = [
        a_part(tmp_path / "b.nc", [12, 18]),
        a_part(tmp_path / "c.nc", [0, 6]),
        a_part(tmp_path / "a.nc", [24]),
    ]
    done = converted(tmp_path, *parts)
    found = xr.open_zarr(done.cube.location)

    assert len(done.cube.hypercubes) == 1
    assert found.t[:, 0, 0].to_numpy().tolist() == [0, 6, 12, 18, 24]
    assert found.time[-1].to_numpy() == np.datetime64("2024-01-02T00")
    assert found.sizes == {"time": 5, "lat": 2, "lon": 3, "nv": 2}
    assert len(done.metrics[done.metrics.variable == "t"]) == 5
    assert done.cube.fields_read == done.cube.fields_written == 3 * 6
    assert [left.reason for left in done.cube.left_out] == [
        "attributes differ between 3 joined granules: history"
    ]


def test_times_counted_from_elsewhere_are_counted_alike(tmp_path: Path) -> None:
    done = converted(
        tmp_path,
        a_part(tmp_path / "a.nc", [0, 6]),
        a_part(tmp_path / "b.nc", [0, 21600], units="seconds since 2024-01-01T12:00"),
    )
    found = xr.open_zarr(done.cube.location)

    assert found.t[:, 0, 0].to_numpy().tolist() == [0, 6, 12, 18]
    np.testing.assert_array_equal(found.time.diff("time"), np.timedelta64(6, "h"))
    np.testing.assert_array_equal(found.time_bnds[:, 1], found.time)


@pytest.mark.parametrize("scale", [0.5, 0.25])
def test_what_is_packed_in_several_ways_is_joined_unpacked(scale: float, tmp_path: Path) -> None:
    done = converted(
        tmp_path,
        a_part(tmp_path / "a.nc", [0, 6], packing={"scale_factor": 0.5, "add_offset": 3.0}),
        a_part(tmp_path / "b.nc", [12], packing={"scale_factor": scale, "add_offset": 3.0}),
    )
    stored = xr.open_zarr(done.cube.location, mask_and_scale=False).t

    assert stored.dtype == ("int16" if scale == 0.5 else "float32")
    found = xr.open_zarr(done.cube.location).t
    assert found[:, 0, 0].to_numpy().tolist() == [0, 6, 12]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"times": [6, 12]}, "times overlap"),
        ({"times": [12], "latitudes": (50.0, 48.0)}, "lat has other values"),
        ({"times": [12], "latitudes": (50.0, 49.0, 48.0)}, "sizes"),
        ({"times": [12], "units": "hours since 2024-01-01", "long_name": "x"}, "long_name of t"),
    ],
    ids=["overlap", "another grid", "another size", "another meaning"],
)
def test_what_differs_in_more_than_time_stays_apart_aloud(
    other: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    done = converted(
        tmp_path, a_part(tmp_path / "a.nc", [0, 6]), a_part(tmp_path / "b.nc", **other)
    )

    assert [hypercube.group for hypercube in done.cube.hypercubes] == ["a", "b"]
    (remark,) = done.cube.left_out
    assert remark.where.startswith("b:")
    assert reason in remark.reason
