"""Coarser levels beside the full resolution."""

import pickle
import warnings
from pathlib import Path
from typing import Any

import eccodes
import netCDF4
import numpy as np
import pytest
import xarray as xr
import zarr

from tests.transforms.grids.test_layout import LAMBERT
from tests.transforms.makers import POINTS, SMALL_GRID, a_file, a_message, a_netcdf, add, local
from transforms import overviews
from transforms.convert import Conversion, convert
from transforms.decoders.grib_decoder import GribDecoder
from transforms.errors import ReadBackMismatch
from transforms.granules import LocalGranule
from transforms.readback import check
from transforms.recipe import Chunks, Recipe
from transforms.writers.target import Target
from transforms.writers.zarr import StorePlan, begin, carry_out, finish, tasks

ROWS, COLUMNS = 13, 24
GLOBE = {
    "Ni": COLUMNS,
    "Nj": ROWS,
    "latitudeOfFirstGridPointInDegrees": 90,
    "latitudeOfLastGridPointInDegrees": -90,
    "longitudeOfFirstGridPointInDegrees": 0,
    "longitudeOfLastGridPointInDegrees": 345,
    "iDirectionIncrementInDegrees": 15,
    "jDirectionIncrementInDegrees": 15,
}


def asked(levels: int, **more: Any) -> Recipe:
    return Recipe.model_validate({"overviews": {"levels": levels}, **more})


def on_latitudes(path: Path, hours: int = 5, gaps: bool = False) -> LocalGranule:
    values = np.random.default_rng(1).normal(280, 10, (hours, ROWS * COLUMNS))
    if gaps:
        values[:, ::3] = np.nan
        values[:, : 2 * COLUMNS] = np.nan
    messages = (
        a_message(v, grid=GLOBE, dataTime=100 * hour, bitsPerValue=16, shortName="2t")
        for hour, v in enumerate(values)
    )
    return a_file(path, *messages)


def on_healpix(path: Path, side: int = 8, order: str = "nested") -> LocalGranule:
    values = np.random.default_rng(2).normal(280, 10, 12 * side * side)
    values[:4] = np.nan
    values[4:6] = np.nan
    grid = {"Nside": side, "orderingConvention": order}
    message = a_message(
        values, "regular_ll_sfc_grib2", grid={"gridType": "healpix"} | grid, bitsPerValue=16
    )
    return a_file(path, message)


def converted(tmp_path: Path, granule: LocalGranule, recipe: Recipe) -> Conversion:
    return convert([granule], recipe, str(tmp_path / "cube"))


def opened(done: Conversion, group: str) -> xr.Dataset:
    return xr.open_zarr(f"{done.cube.location}/{group}", chunks=None).load()


def means(field: np.ndarray) -> np.ndarray:
    """Average two by two along the last axes, skipping NaN; the plain way."""
    rows, columns = field.shape[-2:]
    wide = np.pad(
        field.astype("f8"),
        [(0, 0)] * (field.ndim - 2) + [(0, rows % 2), (0, columns % 2)],
        constant_values=np.nan,
    )
    shape = (*field.shape[:-2], -(-rows // 2), 2, -(-columns // 2), 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmean(wide.reshape(shape), axis=(-3, -1)))


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("layout", [{}, {"chunks": Chunks(time=2, spatial=5)}, {"shards": False}])
def test_each_level_is_the_mean_of_two_by_two_of_the_finer(
    gaps: bool, layout: dict[str, Any], tmp_path: Path
) -> None:
    done = converted(tmp_path, on_latitudes(tmp_path / "a.grib", gaps=gaps), asked(3, **layout))
    (cube,) = done.cube.hypercubes

    assert cube.overviews == tuple(f"{cube.group}_overview_{n}" for n in (1, 2, 3))
    finer = opened(done, cube.group)
    for name, shape in zip(cube.overviews, [(7, 12), (4, 6), (2, 3)], strict=True):
        level = opened(done, name)
        assert level.t2m.shape == (5, *shape)
        np.testing.assert_allclose(level.t2m, means(finer.t2m.to_numpy()), rtol=3e-7)
        finer = level


def test_coordinates_are_the_middles_of_the_points_they_stand_for(tmp_path: Path) -> None:
    done = converted(tmp_path, on_latitudes(tmp_path / "a.grib"), asked(1))
    level = opened(done, "height_2m_overview_1")

    assert level.latitude.to_numpy().tolist() == [82.5, 52.5, 22.5, -7.5, -37.5, -67.5, -90]
    assert level.longitude.to_numpy().tolist() == [7.5 + 30 * n for n in range(12)]
    assert level.t2m.cell_methods == "time: point latitude: longitude: mean"


@pytest.mark.parametrize("order", ["nested", "ring"])
def test_healpix_levels_are_the_means_of_four_children(order: str, tmp_path: Path) -> None:
    done = converted(tmp_path, on_healpix(tmp_path / "a.grib", order=order), asked(4))
    (cube,) = done.cube.hypercubes

    finer = opened(done, cube.group)
    for number, name in enumerate(cube.overviews, start=1):
        level = opened(done, name)
        assert level.crs.attrs["refinement_level"] == 3 - number
        assert level.cell.to_numpy().tolist() == list(range(12 * 4 ** (3 - number)))
        children = finer.t.to_numpy().reshape(1, -1, 4)
        count = np.isfinite(children).sum(axis=-1)
        total = np.nansum(children.astype("f8"), axis=-1)
        with np.errstate(invalid="ignore"):
            np.testing.assert_allclose(level.t, total / count, rtol=3e-7)
        finer = level
    assert len(cube.overviews) == 3
    assert "3 of 4 overviews" in done.cube.left_out[0].reason


def test_the_root_says_which_level_is_of_which(tmp_path: Path) -> None:
    done = converted(tmp_path, on_latitudes(tmp_path / "a.grib"), asked(2))
    root = zarr.open_group(done.cube.location, mode="r")
    said: Any = root.attrs["multiscales"]

    scale = {"transform": {"scale": [2.0, 2.0]}}
    assert said["layout"] == [
        {"asset": "height_2m"},
        {"asset": "height_2m_overview_1", "derived_from": "height_2m", **scale},
        {"asset": "height_2m_overview_2", "derived_from": "height_2m_overview_1", **scale},
    ]
    assert all(level["asset"] in root for level in said["layout"])
    tree = xr.open_datatree(done.cube.location, engine="zarr")
    assert set(tree.children) == {level["asset"] for level in said["layout"]}


def test_full_resolution_is_not_touched(tmp_path: Path) -> None:
    granule = on_latitudes(tmp_path / "a.grib", gaps=True)
    plain = converted(tmp_path / "plain", granule, Recipe())
    done = converted(tmp_path / "more", granule, asked(2))

    xr.testing.assert_identical(
        opened(plain, "").drop_attrs(deep=False), opened(done, "height_2m").drop_attrs(deep=False)
    )
    assert plain.metrics.digest.tolist() == done.metrics.digest.tolist()


def test_projected_grids_are_averaged_with_their_true_positions(tmp_path: Path) -> None:
    granule = a_file(tmp_path / "a.grib", a_message(np.arange(POINTS), grid=LAMBERT))
    done = converted(tmp_path, granule, asked(1))
    full, level = (opened(done, name) for name in ("surface", "surface_overview_1"))

    assert level.x.to_numpy().tolist() == full.x.to_numpy().reshape(-1, 2).mean(axis=1).tolist()
    assert level.latitude.shape == (2, 2)
    near = full.latitude[:2, :2].to_numpy()
    assert near.min() < level.latitude[0, 0] < near.max()


@pytest.mark.parametrize("packing", [False, True])
def test_netcdf_keeps_packing_and_flags_have_no_mean(packing: bool, tmp_path: Path) -> None:
    path = a_netcdf(tmp_path / "a.nc").path
    with netCDF4.Dataset(path, "a") as file:
        held = file.createVariable("p", "i2", ("time", "lat", "lon"), fill_value=-99)
        held.setncatts({"scale_factor": 0.5} if packing else {})
        held.set_auto_maskandscale(False)
        held[...] = np.arange(24).reshape(2, 3, 4) * 10
        held[0, :2, :2] = -99
        add(
            file,
            "kind",
            ("time", "lat", "lon"),
            np.ones((2, 3, 4), "i1"),
            dtype="i1",
            flag_values=[0, 1],
            flag_meanings="a b",
        )
    done = converted(tmp_path, local(path), asked(1))
    full, level = (opened(done, name) for name in ("netcdf", "netcdf_overview_1"))

    step = 0.5 if packing else 1.0
    assert np.abs(level.p - means(full.p.to_numpy())).max() <= step / 2
    assert bool(level.p[0, 0, 0].isnull())
    assert "kind" not in level
    assert [left.where for left in done.cube.left_out] == ["netcdf/kind"]


def test_grids_without_squares_are_refused_in_words_and_published(tmp_path: Path) -> None:
    handle = eccodes.codes_grib_new_from_samples("reduced_gg_sfc_grib2")
    granule = a_file(tmp_path / "a.grib", eccodes.codes_get_message(handle))
    done = converted(tmp_path, granule, asked(2))

    (said,) = done.cube.left_out
    assert "rows of a reduced grid have lengths of their own" in said.reason
    assert done.cube.hypercubes[0].overviews == ()


def test_a_level_that_is_not_the_mean_is_found_when_it_is_read_back(tmp_path: Path) -> None:
    granule = on_latitudes(tmp_path / "a.grib")
    recipe = asked(1, shards=False)
    done = converted(tmp_path, granule, recipe)
    hypercubes = {"height_2m": GribDecoder().plan([granule]).hypercubes[0]}
    levels, _ = overviews.planned(hypercubes, recipe)
    plan = StorePlan(hypercubes, recipe, Target(done.cube.location), levels)
    check(plan)
    level = zarr.open_group(f"{done.cube.location}/height_2m_overview_1", mode="r+")
    level["t2m"][0, 0, 0] += 1.0  # type: ignore[index, operator]

    with pytest.raises(ReadBackMismatch, match="means of height_2m"):
        check(plan)


def test_grids_too_small_to_halve_say_so(tmp_path: Path) -> None:
    one_row = SMALL_GRID | {"Nj": 1, "latitudeOfLastGridPointInDegrees": 60}
    granule = a_file(tmp_path / "a.grib", a_message(np.arange(4), grid=one_row))
    done = converted(tmp_path, granule, asked(2))

    assert "0 of 2 overviews" in done.cube.left_out[0].reason
    assert opened(done, "surface").t.shape == (1, 1, 4)


def test_directions_are_not_averaged(tmp_path: Path) -> None:
    granule = a_file(tmp_path / "a.grib", a_message(shortName="mwd"), a_message(shortName="swh"))
    done = converted(tmp_path, granule, asked(1))
    (cube,) = done.cube.hypercubes

    assert "swh" in opened(done, cube.overviews[0])
    assert [left.where for left in done.cube.left_out] == [f"{cube.group}/mwd"]


def test_tasks_write_levels_along_in_any_order_twice_and_elsewhere(tmp_path: Path) -> None:
    granule = on_latitudes(tmp_path / "a.grib")
    recipe = asked(2, chunks=Chunks(time=2), shards=False)
    expected = converted(tmp_path, granule, recipe).cube
    hypercubes = {"height_2m": GribDecoder().plan([granule]).hypercubes[0]}
    levels, _ = overviews.planned(hypercubes, recipe)
    plan = StorePlan(hypercubes, recipe, Target(str(tmp_path / "odd")), levels)
    begin(plan)
    sent = pickle.loads(pickle.dumps((plan, tasks(plan))))  # noqa: S301 - our own
    done = {str(task): carry_out(sent[0], task) for task in sent[1][::-1] * 2}

    assert len(done) == 3
    assert finish(plan, done.values()).digest == expected.digest
