"""Accumulations as differences: which fields, which numbers, and what is said of them."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import eccodes
import numpy as np
import pytest
import xarray as xr
import zarr

from tests.transforms.growth.makers import a_recipe, grown
from tests.transforms.makers import POINTS, a_file, a_message, a_netcdf
from transforms.convert import Conversion, convert
from transforms.granules import LocalGranule
from transforms.growth.copying import Piece
from transforms.growth.part import parts
from transforms.recipe import Chunks, Codec, Recipe
from transforms.writers.target import Target

RAIN = "tp"
ALL = Recipe(deaccumulate=True)


def a_sum(
    step: int, values: Sequence[float] | np.ndarray, name: str = RAIN, **keys: object
) -> bytes:
    """Make a field of what came since the start of its forecast, up to an hour."""
    first = int(str(keys.pop("first", 0)))
    given = {"productDefinitionTemplateNumber": 8, "shortName": name, "stepType": "accum"} | keys
    return a_message(values, **given, stepRange=f"{first}-{step}", bitsPerValue=16)


def sums(steps: int, seed: int = 0) -> list[np.ndarray]:
    """Make sums of rain: much in some cells, none in others."""
    came = np.random.default_rng(seed).gamma(0.3, 0.01, (steps, POINTS))
    came[:, :2] = 0.0
    return list(came.cumsum(axis=0))


def forecast(path: Path, steps: int = 6, **keys: object) -> LocalGranule:
    made = (a_sum(at + 1, values, **keys) for at, values in enumerate(sums(steps)))
    return a_file(path, *made)


def as_eccodes_has_them(granule: LocalGranule) -> list[np.ndarray]:
    """Decode all fields by ecCodes, as floats of four bytes."""
    found = []
    with granule.path.open("rb") as file:
        while (handle := eccodes.codes_grib_new_from_file(file)) is not None:
            found.append(eccodes.codes_get_values(handle).astype("f4").reshape(3, 4))
            eccodes.codes_release(handle)
    return found


def cube_of(tmp_path: Path, recipe: Recipe, *granules: LocalGranule) -> xr.Dataset:
    return opened(convert(granules, recipe, str(tmp_path / "cube")))


def opened(done: Conversion) -> xr.Dataset:
    return xr.open_zarr(done.cube.location, chunks=None, decode_timedelta=False)


def expected(fields: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the first field, and of all others the difference, dust being nothing."""
    wide = [field.astype("f8") for field in fields]
    later = [np.maximum(b - a, 0.0) for a, b in pairwise(wide)]
    return [np.asarray(one, "f4") for one in (wide[0], *later)]


@pytest.mark.parametrize("packing", ["grid_ccsds", "grid_simple", "grid_complex"])
@pytest.mark.parametrize("name", [RAIN, "ssrd", "cp"])
def test_each_value_is_the_difference_of_what_eccodes_decodes(
    name: str, packing: str, tmp_path: Path
) -> None:
    granule = forecast(tmp_path / "a.grib", name=name, packingType=packing)
    found = cube_of(tmp_path, ALL, granule)[name]

    np.testing.assert_array_equal(found, expected(as_eccodes_has_them(granule)))


@pytest.mark.parametrize("chunk", [1, 2, 4])
def test_a_shard_knows_the_field_before_its_first(chunk: int, tmp_path: Path) -> None:
    granule = forecast(tmp_path / "a.grib")
    recipe = Recipe(deaccumulate=True, chunks=Chunks(time=chunk), shards=False)

    xr.testing.assert_identical(
        cube_of(tmp_path / "cut", recipe, granule), cube_of(tmp_path / "whole", ALL, granule)
    )


def test_sums_that_begin_anew_stay_what_they_are(tmp_path: Path) -> None:
    ends = [(0, 1), (0, 2), (0, 3), (3, 4), (3, 5), (3, 6)]
    values = sums(6)
    made = (a_sum(last, v, first=first) for (first, last), v in zip(ends, values, strict=True))
    granule = a_file(tmp_path / "a.grib", *made)
    found = cube_of(tmp_path, ALL, granule).tp

    raw = as_eccodes_has_them(granule)
    np.testing.assert_array_equal(found, expected(raw[:3]) + expected(raw[3:]))


def test_forecasts_do_not_mix(tmp_path: Path) -> None:
    early = forecast(tmp_path / "a.grib", dataTime=0)
    late = forecast(tmp_path / "b.grib", dataTime=300)
    cube = cube_of(tmp_path, ALL, early, late)

    for granule, mine in zip((early, late), cube.tp, strict=True):
        np.testing.assert_array_equal(mine, expected(as_eccodes_has_them(granule)))
    hours = (cube.time_bounds[..., 1] - cube.time_bounds[..., 0]) / np.timedelta64(1, "h")
    assert (hours == 1).all()


def test_members_do_not_mix(tmp_path: Path) -> None:
    given = {"productDefinitionTemplateNumber": 11, "numberOfForecastsInEnsemble": 3}
    made = [
        a_sum(step + 1, values, **given, perturbationNumber=member)
        for member in (1, 2, 3)
        for step, values in enumerate(sums(4, seed=member))
    ]
    granule = a_file(tmp_path / "a.grib", *made)
    cube = cube_of(tmp_path, ALL, granule)

    raw = as_eccodes_has_them(granule)
    for member in range(3):
        mine = expected(raw[4 * member : 4 * member + 4])
        np.testing.assert_array_equal(cube.tp.isel(member=member), mine)


def test_time_bounds_and_cell_methods_say_what_a_value_is_of(tmp_path: Path) -> None:
    made = (a_sum(step, values) for step, values in zip((3, 4, 6), sums(3), strict=True))
    cube = cube_of(tmp_path, ALL, a_file(tmp_path / "a.grib", *made))

    start = cube.forecast_reference_time.to_numpy()
    hours = (cube.time_bounds.to_numpy() - start) / np.timedelta64(1, "h")
    assert hours.tolist() == [[0, 3], [3, 4], [4, 6]]
    assert cube.tp.cell_methods.startswith("time: sum (comment: difference")
    assert cube.tp.statistical_period.startswith("from the step before")


def test_equal_steps_are_named_by_their_length(tmp_path: Path) -> None:
    cube = cube_of(tmp_path, ALL, forecast(tmp_path / "a.grib"))

    assert cube.tp.statistical_period == "1 hours before time"
    assert cube.time.attrs["bounds"] == "time_bounds"


def test_a_field_after_a_gap_is_missing_and_listed(tmp_path: Path) -> None:
    granule = forecast(tmp_path / "a.grib", steps=20)
    others = (a_sum(at + 1, v, name="cp") for at, v in enumerate(sums(20)) if at != 10)
    done = convert([granule, a_file(tmp_path / "b.grib", *others)], ALL, str(tmp_path / "cube"))

    is_there = opened(done).cp.notnull().any(("latitude", "longitude")).to_numpy()
    assert np.flatnonzero(~is_there).tolist() == [10, 11]
    said = [left.reason for left in done.cube.left_out if left.where == "cp"]
    assert any("the accumulation before them is missing" in reason for reason in said)
    assert done.cube.fields_read == done.cube.fields_written + 1


def test_dust_is_swept_and_counted_and_a_fall_is_neither(tmp_path: Path) -> None:
    first, second = np.full(POINTS, 0.1), np.full(POINTS, 0.1)
    first[0], second[0] = 0.0, 1.0
    second[1] = 0.05
    step = 1.0 / 2**15
    second[2:6] -= step / 2
    granule = a_file(tmp_path / "a.grib", a_sum(1, first), a_sum(2, second))
    done = convert([granule], ALL, str(tmp_path / "cube"))
    fell = opened(done).tp[1].to_numpy().ravel()

    assert (fell[2:] >= 0).all()
    assert fell[1] == pytest.approx(-0.05, abs=step)
    assert done.metrics.clipped.tolist() == [0, int((as_differences(granule)[2:] < 0).sum())]
    reasons = [left.reason for left in done.cube.left_out]
    assert any("cells of 1 fields were below 0 by a packing step at most" in r for r in reasons)
    assert any("1 fields fall by more than their packing explains, by 0.05" in r for r in reasons)


def as_differences(granule: LocalGranule) -> np.ndarray:
    first, second = as_eccodes_has_them(granule)
    return np.asarray(second.astype("f8") - first).ravel()


def test_fluxes_that_go_both_ways_keep_their_sign(tmp_path: Path) -> None:
    values = [np.linspace(0, -1, POINTS), np.linspace(0, -1.0001, POINTS)]
    made = (a_sum(at + 1, v, name="sshf") for at, v in enumerate(values))
    granule = a_file(tmp_path / "a.grib", *made)
    found = cube_of(tmp_path, ALL, granule).sshf

    np.testing.assert_array_equal(found[1].to_numpy().ravel(), as_differences(granule))


@pytest.mark.parametrize("codec", [Codec.ROUNDED, Codec.ARCHIVE])
def test_rounding_moves_a_difference_by_half_a_step_at_most(codec: Codec, tmp_path: Path) -> None:
    granule = forecast(tmp_path / "a.grib")
    found = cube_of(tmp_path, Recipe(deaccumulate=True, codec=codec), granule).tp

    step = max(field.max() for field in as_eccodes_has_them(granule)) / 2**15
    assert np.abs(found - expected(as_eccodes_has_them(granule))).max() <= step / 2


def test_metrics_are_of_the_differences(tmp_path: Path) -> None:
    granule = forecast(tmp_path / "a.grib")
    metrics = convert([granule], ALL, str(tmp_path / "cube")).metrics

    maxima = [float(field.max()) for field in expected(as_eccodes_has_them(granule))]
    assert metrics.maximum.tolist() == maxima


def test_only_named_variables_are_touched_and_others_keep_their_bytes(tmp_path: Path) -> None:
    both = [forecast(tmp_path / "a.grib"), forecast(tmp_path / "b.grib", name="cp")]
    cube = cube_of(tmp_path / "one", Recipe(deaccumulate=("tp",)), *both)
    plain = cube_of(tmp_path / "none", Recipe(), *both)

    xr.testing.assert_identical(cube.cp, plain.cp)
    assert "time_bounds" not in cube, "tp and cp are of other times"
    assert not np.array_equal(cube.tp, plain.tp)


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    done = convert(
        [a_netcdf(tmp_path / "a.nc", name="tp")],
        Recipe(deaccumulate=("tp", "ssrd")),
        str(tmp_path / "cube"),
    )

    assert [left.where for left in done.cube.left_out] == ["tp", "ssrd"]
    assert all("not de-accumulated" in left.reason for left in done.cube.left_out)


def test_sums_over_their_own_hour_are_left_alone(tmp_path: Path) -> None:
    made = [a_sum(at + 1, values, first=at) for at, values in enumerate(sums(3))]
    granule = a_file(tmp_path / "a.grib", *made)

    xr.testing.assert_identical(
        cube_of(tmp_path / "one", ALL, granule), cube_of(tmp_path / "other", Recipe(), granule)
    )


def test_a_growing_cube_takes_the_bounds_along(tmp_path: Path) -> None:
    recipe = a_recipe({"start": "2007-03-23T00:00", "step": "PT1H"}, deaccumulate=True)
    root = zarr.open_group(zarr.storage.MemoryStore(), mode="a", zarr_format=3)
    pieces = []
    for hour in (0, 6):
        granule = forecast(tmp_path / f"{hour}.grib", dataTime=hour * 100)
        cube = convert([granule], recipe, str(tmp_path / f"{hour}.zarr")).cube
        found = parts(cube.hypercubes, Target(cube.location), recipe)
        pieces.append(Piece(str(hour), "r1", found))
    whole = grown(root, recipe, *pieces)

    hours = (whole.time_bounds[1:13] - whole.time[0]) / np.timedelta64(1, "h")
    assert hours.to_numpy().tolist() == [[hour, hour + 1] for hour in range(12)]
