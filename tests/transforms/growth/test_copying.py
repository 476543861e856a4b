"""Item cubes come to their places in the growing cube, and to no others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import zarr

from tests.transforms.growth.makers import (
    a_dataset,
    a_forecast,
    a_piece,
    a_recipe,
    grown,
    there,
)
from transforms.errors import DoesNotFit


@pytest.fixture
def root() -> zarr.Group:
    return zarr.open_group(zarr.storage.MemoryStore(), mode="a", zarr_format=3)


@pytest.mark.parametrize(
    "recipe",
    [
        a_recipe(),
        a_recipe(shards=False),
        a_recipe(chunks={"time": 5, "spatial": 2}),
        a_recipe({"start": "2024-01-01", "step": "PT1H", "chunks": {"time": 100}}),
    ],
)
def test_whatever_its_chunks_each_step_holds_its_items_values(
    tmp_path: Path, root: zarr.Group, recipe: Any
) -> None:
    cuts = {"c": (30, 7), "a": (0, 6), "b": (6, 13)}
    datasets = {key: a_dataset(*cut, value=100.0 * n) for n, (key, cut) in enumerate(cuts.items())}
    pieces = [a_piece(tmp_path, key, dataset, recipe) for key, dataset in datasets.items()]

    grown(root, recipe, *pieces[:2])
    cube = grown(root, recipe, *pieces[2:])

    for dataset in datasets.values():
        assert np.array_equal(cube["t2m"].sel(time=dataset["time"]), dataset["t2m"])
    elsewhere = np.isin(cube["time"], xr.concat(datasets.values(), "time")["time"], invert=True)
    assert np.isnan(cube["t2m"].values[elsewhere]).all()
    assert set(there(cube)) == {*range(19), *range(30, 37)}


def test_a_revision_overwrites_its_steps_and_clears_those_it_has_no_more(
    tmp_path: Path, root: zarr.Group
) -> None:
    recipe = a_recipe()
    grown(root, recipe, a_piece(tmp_path, "a", a_dataset(0, 6), recipe))
    newer = a_dataset(2, 2, value=50.0)

    cube = grown(root, recipe, a_piece(tmp_path, "a", newer, recipe, "r2"))

    assert there(cube) == {2: "a@r2", 3: "a@r2"}
    assert np.array_equal(cube["t2m"].values[2:4], newer["t2m"])
    assert np.isnan(cube["t2m"].values[[0, 1, 4, 5]]).all()


def test_what_is_taken_back_reads_as_never_copied(tmp_path: Path, root: zarr.Group) -> None:
    recipe = a_recipe()
    pieces = [a_piece(tmp_path, key, a_dataset(at, 3), recipe) for key, at in (("a", 0), ("b", 3))]
    grown(root, recipe, *pieces)

    cube = grown(root, recipe, gone=[("a", "r1"), ("b", "another revision")])

    assert set(there(cube)) == {3, 4, 5}
    assert np.isnan(cube["t2m"].values[:3]).all()


def test_integers_and_times_of_a_step_tell_where_nothing_is(
    tmp_path: Path, root: zarr.Group
) -> None:
    recipe = a_recipe()
    dataset = a_dataset(1, 2, flag=np.array([0, 7], np.int16))
    dataset["forecast_reference_time"] = xr.DataArray(
        np.datetime64("2024-01-01T00", "s"), attrs={"standard_name": "forecast_reference_time"}
    )

    cube = grown(root, recipe, a_piece(tmp_path, "a", dataset, recipe))

    assert np.array_equal(cube["flag"].values[:4], [np.nan, 0, 7, np.nan], equal_nan=True)
    reference = cube["forecast_reference_time"].values
    assert np.isnat(reference[[0, 3]]).all()
    assert (reference[1:3] == np.datetime64("2024-01-01T00")).all()


def test_a_new_variable_joins_and_one_that_is_absent_is_nan(
    tmp_path: Path, root: zarr.Group
) -> None:
    recipe = a_recipe()
    first, second = a_dataset(0, 2), a_dataset(2, 2, wave=[1.0, 2.0]).drop_vars("t2m")

    cube = grown(
        root, recipe, *(a_piece(tmp_path, k, d, recipe) for k, d in (("a", first), ("b", second)))
    )

    assert np.array_equal(cube["wave"].values[:4], [np.nan, np.nan, 1, 2], equal_nan=True)
    assert np.isnan(cube["t2m"].values[2:4]).all()
    assert set(there(cube)) == {0, 1, 2, 3}


def test_forecasts_grow_along_their_reference_time(tmp_path: Path, root: zarr.Group) -> None:
    recipe = a_recipe({"start": "2024-01-01", "step": "PT6H", "end": "2024-01-05"})
    runs = {"a": a_forecast(6), "b": a_forecast(18)}

    cube = grown(root, recipe, *(a_piece(tmp_path, k, run, recipe) for k, run in runs.items()))

    assert set(there(cube)) == {1, 3}
    for run in runs.values():
        same = cube.sel(forecast_reference_time=run["forecast_reference_time"])
        assert np.array_equal(same["t2m"], run["t2m"])
        assert np.array_equal(same["time"], run["time"])
    assert np.isnat(cube["time"].values[0]).all()


def test_a_time_that_no_cube_could_hold_is_refused(tmp_path: Path) -> None:
    recipe = a_recipe({"start": "2024-01-01", "step": "PT1H"})
    far = a_dataset().assign_coords(time=a_dataset()["time"] + np.timedelta64(365 * 200, "D"))

    with pytest.raises(DoesNotFit, match="expected times from 2024-01-01"):
        a_piece(tmp_path, "a", far, recipe)


def other_grid(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.assign_coords(longitude=dataset["longitude"] + 1)


def other_unit(dataset: xr.Dataset) -> xr.Dataset:
    dataset["t2m"].attrs["units"] = "degC"
    return dataset


def other_level(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.assign_coords(height=2.0)


def other_dimensions(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.transpose("latitude", "time", "longitude")


def finer(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.astype(np.float64)


def between(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.assign_coords(time=dataset["time"] + np.timedelta64(90, "s"))


def too_late(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.assign_coords(time=dataset["time"] + np.timedelta64(400, "D"))


def too_early(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.assign_coords(time=dataset["time"] - np.timedelta64(1, "D"))


def twice(dataset: xr.Dataset) -> xr.Dataset:
    return xr.concat([dataset, dataset], "time")


def taken(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.assign_coords(time=dataset["time"] - np.timedelta64(5, "h"))


def large_integers(dataset: xr.Dataset) -> xr.Dataset:
    return dataset.assign(count=("time", np.arange(dataset.sizes["time"])))


def other_calendar(dataset: xr.Dataset) -> xr.Dataset:
    count = dataset.sizes["time"]
    days = xr.date_range("2024-02-30", periods=count, calendar="360_day", use_cftime=True)
    return dataset.assign_coords(time=days)


@pytest.mark.parametrize(
    ("otherwise", "said"),
    [
        (other_grid, "longitude: expected 4 from 0.0 to 270.0"),
        (other_unit, "units of t2m: expected K, as in the growing cube, came degC"),
        (other_level, "what does not change with time"),
        (other_dimensions, "dimensions of t2m"),
        (finer, "type of t2m: expected float32"),
        (between, "in steps of 1:00:00, came 2024-01-01T06:01:30Z"),
        (too_late, "to 2024-01-11T00:00:00"),
        (too_early, "expected times from 2024-01-01T00:00:00.* came 2023-12-31T06:00:00Z"),
        (twice, "each time once"),
        (taken, r"step 2024-01-01T01:00:00Z of / to be free, came a@r1"),
        (large_integers, "numbers that a float can hold in count, came int64"),
        (other_calendar, "time axis of the standard calendar"),
    ],
)
def test_what_does_not_fit_says_why_and_changes_nothing(
    tmp_path: Path,
    root: zarr.Group,
    otherwise: Callable[[xr.Dataset], xr.Dataset],
    said: str,
) -> None:
    recipe = a_recipe()
    before = grown(root, recipe, a_piece(tmp_path, "a", a_dataset(0, 6), recipe))

    with pytest.raises(DoesNotFit, match=said):
        grown(root, recipe, a_piece(tmp_path, "b", otherwise(a_dataset(6, 2)), recipe))

    assert xr.open_zarr(root.store, consolidated=False).load().identical(before)


def test_a_recipe_whose_times_moved_is_refused_and_one_that_ends_later_is_not(
    tmp_path: Path, root: zarr.Group
) -> None:
    recipe = a_recipe()
    grown(root, recipe, a_piece(tmp_path, "a", a_dataset(0, 6), recipe))
    moved = a_recipe({"start": "2023-12-31", "step": "PT1H", "end": "2024-01-11"})
    longer = a_recipe({"start": "2024-01-01", "step": "PT1H", "end": "2024-01-21"})

    with pytest.raises(DoesNotFit, match="only `end` may be moved"):
        grown(root, moved, a_piece(tmp_path, "b", a_dataset(6, 2), moved))
    cube = grown(root, longer, a_piece(tmp_path, "c", a_dataset(300, 2), longer))

    assert cube.sizes["time"] == 480
    assert set(there(cube)) == {*range(6), 300, 301}
