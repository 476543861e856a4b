"""Values land at the latitude and longitude that ecCodes gives them, on every grid."""

from itertools import product
from pathlib import Path
from typing import Any

import eccodes
import healpix
import numpy as np
import pytest
import xarray as xr

from tests.transforms.makers import COLUMNS, POINTS, ROWS, a_file, a_message
from transforms.convert import convert
from transforms.errors import UnreadableGranule, UnsupportedGrid
from transforms.grids.geometry import Geometry
from transforms.grids.layout import lay_out
from transforms.recipe import Recipe

LAMBERT = {
    "gridType": "lambert",
    "Nx": COLUMNS,
    "Ny": ROWS,
    "latitudeOfFirstGridPointInDegrees": 40,
    "longitudeOfFirstGridPointInDegrees": 5,
    "LaDInDegrees": 45,
    "LoVInDegrees": 8,
    "Latin1InDegrees": 45,
    "Latin2InDegrees": 45,
    "DxInMetres": 20000,
    "DyInMetres": 20000,
    "jScansPositively": 1,
}
POLAR = {
    "gridType": "polar_stereographic",
    "Nx": COLUMNS,
    "Ny": ROWS,
    "latitudeOfFirstGridPointInDegrees": 70,
    "longitudeOfFirstGridPointInDegrees": 20,
    "LaDInDegrees": 60,
    "orientationOfTheGridInDegrees": 10,
    "DxInMetres": 50000,
    "DyInMetres": 50000,
    "jScansPositively": 1,
}
SOUTH_POLAR = POLAR | {
    "latitudeOfFirstGridPointInDegrees": -70,
    "LaDInDegrees": -60,
    "projectionCentreFlag": 128,
}
MERCATOR = {
    "gridType": "mercator",
    "Ni": COLUMNS,
    "Nj": ROWS,
    "latitudeOfFirstGridPointInDegrees": 10,
    "longitudeOfFirstGridPointInDegrees": 100,
    "latitudeOfLastGridPointInDegrees": 10.8865,
    "longitudeOfLastGridPointInDegrees": 101.4366,
    "LaDInDegrees": 20,
    "DiInMetres": 50000,
    "DjInMetres": 50000,
    "jScansPositively": 1,
}
ROTATED = {
    "Ni": COLUMNS,
    "Nj": ROWS,
    "latitudeOfFirstGridPointInDegrees": 2,
    "latitudeOfLastGridPointInDegrees": 0,
    "longitudeOfFirstGridPointInDegrees": 358,
    "longitudeOfLastGridPointInDegrees": 1,
    "iDirectionIncrementInDegrees": 1,
    "jDirectionIncrementInDegrees": 1,
    "latitudeOfSouthernPoleInDegrees": -35,
    "longitudeOfSouthernPoleInDegrees": 10,
}


def opened(tmp_path: Path, message: bytes) -> xr.Dataset:
    done = convert([a_file(tmp_path / "one.grib", message)], Recipe(), str(tmp_path / "cube"))
    return xr.open_zarr(done.cube.location, chunks=None)


def ll_scanned(
    i_negative: int, j_positive: int, by_columns: int = 0, **more: Any
) -> dict[str, Any]:
    south, north, west, east = 58, 60, 359, 2
    return {
        "Ni": COLUMNS,
        "Nj": ROWS,
        "iScansNegatively": i_negative,
        "jScansPositively": j_positive,
        "jPointsAreConsecutive": by_columns,
        "latitudeOfFirstGridPointInDegrees": south if j_positive else north,
        "latitudeOfLastGridPointInDegrees": north if j_positive else south,
        "longitudeOfFirstGridPointInDegrees": east if i_negative else west,
        "longitudeOfLastGridPointInDegrees": west if i_negative else east,
        "iDirectionIncrementInDegrees": 1,
        "jDirectionIncrementInDegrees": 1,
    } | more


@pytest.mark.parametrize("flags", product((0, 1), repeat=3))
def test_every_scanning_mode_lands_where_eccodes_says(
    flags: tuple[int, int, int], tmp_path: Path
) -> None:
    message = a_message(grid=ll_scanned(*flags))
    found = opened(tmp_path, message)

    assert found.latitude.to_numpy().tolist() == [60, 59, 58]
    assert found.longitude.to_numpy().tolist() == [-1, 0, 1, 2]
    for value, latitude, longitude in said(message):
        east = (longitude + 180) % 360 - 180
        assert found.t.sel(latitude=latitude, longitude=east, method="nearest").item() == value


def test_rows_scanned_to_and_fro_are_turned_as_the_standard_says(tmp_path: Path) -> None:
    message = a_message(range(POINTS), grid=ll_scanned(0, 0, alternativeRowScanning=1))
    found = opened(tmp_path, message)

    rows = found.t.to_numpy().squeeze().tolist()
    assert rows == [[0, 1, 2, 3], [7, 6, 5, 4], [8, 9, 10, 11]]


@pytest.mark.parametrize("grid", [LAMBERT, POLAR, SOUTH_POLAR], ids=["lambert", "north", "south"])
def test_projected_grids_keep_metres_and_true_positions(
    grid: dict[str, Any], tmp_path: Path
) -> None:
    message = a_message(grid=grid)
    found = opened(tmp_path, message)

    assert found.t.dims == ("time", "y", "x")
    np.testing.assert_allclose(np.diff(found.x), grid["DxInMetres"])
    np.testing.assert_allclose(np.diff(found.y), grid["DyInMetres"])
    same_cells(found, message)


@pytest.mark.parametrize("scan", [(0, 0), (1, 1), (1, 0)])
@pytest.mark.parametrize("grid", [LAMBERT, POLAR, SOUTH_POLAR], ids=["lambert", "north", "south"])
def test_projected_grids_scanned_backwards_hold_the_same_field(
    grid: dict[str, Any], scan: tuple[int, int], tmp_path: Path
) -> None:
    forward = opened(tmp_path, a_message(grid=grid)).load()
    i_negative, j_positive = scan
    corner = forward.isel(x=-1 if i_negative else 0, y=0 if j_positive else -1)
    field = np.arange(POINTS).reshape(ROWS, COLUMNS) + 273.0
    scanned = field[:: 1 if j_positive else -1, :: -1 if i_negative else 1]
    first = {
        "latitudeOfFirstGridPointInDegrees": float(corner.latitude),
        "longitudeOfFirstGridPointInDegrees": float(corner.longitude),
        "iScansNegatively": i_negative,
        "jScansPositively": j_positive,
    }
    found = opened(tmp_path, a_message(scanned.ravel(), grid=grid | first))

    np.testing.assert_array_equal(found.t, forward.t)
    for name in ("latitude", "longitude"):
        np.testing.assert_allclose(found[name], forward[name], atol=1e-5)


def test_a_projection_that_does_not_exist_leaves_the_cells(tmp_path: Path) -> None:
    flat = LAMBERT | {"Latin1InDegrees": 0, "Latin2InDegrees": 0, "LaDInDegrees": 0}
    found = opened(tmp_path, a_message(grid=flat))

    assert found.t.dims == ("time", "cell")


def test_mercator_keeps_metres_and_true_positions(tmp_path: Path) -> None:
    message = a_message(grid=MERCATOR)
    found = opened(tmp_path, message)

    assert found.crs.attrs["grid_mapping_name"] == "mercator"
    same_cells(found, message)


def test_a_rotated_grid_keeps_its_pole_and_true_positions(tmp_path: Path) -> None:
    message = a_message(sample="rotated_ll_sfc_grib2", grid=ROTATED)
    found = opened(tmp_path, message)

    assert found.t.dims == ("time", "rlat", "rlon")
    assert found.rlon.to_numpy().tolist() == [-2, -1, 0, 1]
    assert found.crs.attrs["grid_north_pole_latitude"] == 35
    same_cells(found, message)


@pytest.mark.parametrize("ordering", ["ring", "nested"])
def test_healpix_is_written_nested_whatever_its_order(ordering: str, tmp_path: Path) -> None:
    side, points = 4, 192
    grid = {"gridType": "healpix", "Nside": side, "orderingConvention": ordering}
    grid |= {"numberOfDataPoints": points}
    message = a_message(np.arange(points), grid=grid)
    found = opened(tmp_path, message)

    longitudes, latitudes = healpix.pix2ang(side, np.arange(points), nest=True, lonlat=True)
    by_place = {place(lat, lon): value for value, lat, lon in said(message)}
    wanted = [by_place[place(*at)] for at in zip(latitudes, longitudes, strict=True)]
    assert found.t.to_numpy().squeeze().tolist() == wanted
    assert found.cell.attrs["standard_name"] == "healpix_index"
    assert found.crs.attrs == {
        "grid_mapping_name": "healpix",
        "refinement_level": 2,
        "indexing_scheme": "nested",
        "earth_radius": 6371229.0,
    }


@pytest.mark.parametrize(
    "sample", ["reduced_gg_sfc_grib2", "reduced_gg_sfc_grib1", "reduced_ll_sfc_grib2"]
)
def test_reduced_grids_are_cells_with_positions(sample: str, tmp_path: Path) -> None:
    handle = eccodes.codes_grib_new_from_samples(sample)
    points = eccodes.codes_get(handle, "numberOfDataPoints")
    message = a_message(np.arange(points) % 1000, sample=sample, grid={})
    found = opened(tmp_path, message)

    data = found[next(iter(found.data_vars))]
    assert data.dims == ("time", "cell")
    same_cells(found, message)
    if "gg" in sample:
        assert len(found.crs.attrs["pl"]) == 64
        assert found.crs.attrs["N"] == 32


def test_spherical_harmonics_are_refused_with_a_remedy(tmp_path: Path) -> None:
    handle = eccodes.codes_grib_new_from_samples("sh_pl_grib1")
    granule = a_file(tmp_path / "sh.grib", eccodes.codes_get_message(handle))

    with pytest.raises(UnsupportedGrid, match=r"spherical harmonics.*ask the provider for a grid"):
        convert([granule], Recipe(), str(tmp_path / "cube"))


def test_spherical_harmonics_among_fields_are_left_out_aloud(tmp_path: Path) -> None:
    handle = eccodes.codes_grib_new_from_samples("sh_pl_grib1")
    granule = a_file(tmp_path / "mix.grib", a_message(), eccodes.codes_get_message(handle))
    done = convert([granule], Recipe(), str(tmp_path / "cube"))

    assert done.cube.fields_read == 2
    assert done.cube.fields_written == 1
    assert "spherical harmonics" in done.cube.left_out[0].reason


def test_rows_and_columns_must_hold_all_points() -> None:
    with pytest.raises(UnreadableGranule, match="3 x 4 values"):
        lay_out(Geometry("regular_ll", 13, {"Ni": 4, "Nj": 3}))


def said(message: bytes) -> list[tuple[float, float, float]]:
    """Give value, latitude and longitude of every point, as ecCodes has them."""
    handle = eccodes.codes_new_from_message(message)
    arrays = (eccodes.codes_get_array(handle, k) for k in ("values", "latitudes", "longitudes"))
    return [tuple(map(float, point)) for point in zip(*arrays, strict=True)]  # type: ignore[misc]


def place(latitude: float, longitude: float) -> tuple[float, float]:
    return round(latitude, 4) + 0.0, round(longitude % 360, 4) % 360


def same_cells(found: xr.Dataset, message: bytes) -> None:
    """Check that every value lies where ecCodes lists it."""
    data = found[next(iter(found.data_vars))].squeeze("time").transpose(*found.latitude.dims)
    columns = (found.latitude, found.longitude, data)
    ours = sorted(
        zip(*(c.to_numpy().ravel().astype(float) for c in columns), strict=True), key=by_value
    )
    theirs = sorted(((a, b, v) for v, a, b in said(message)), key=by_value)
    for (latitude, longitude, value), (a, b, v) in zip(ours, theirs, strict=True):
        assert value == v
        assert abs(latitude - a) < 1e-4
        assert abs((longitude - b + 180) % 360 - 180) < 1e-4


def by_value(point: tuple[float, ...]) -> tuple[float, ...]:
    return point[2], round(point[0], 3), round(point[1] % 360, 3)
