"""Which fields become which hypercubes: nothing merged in silence, nothing dropped in silence."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from lake.nouns import Hypercube
from tests.transforms.makers import CLIMATE_DT, POINTS, a_file, a_message
from transforms.convert import Conversion, convert
from transforms.recipe import Recipe

ACCUMULATED = {"productDefinitionTemplateNumber": 8, "stepType": "accum"}
MEMBER = {"productDefinitionTemplateNumber": 1, "numberOfForecastsInEnsemble": 3}


def converted(tmp_path: Path, *messages: bytes) -> Conversion:
    granule = a_file(tmp_path / "some.grib", *messages)
    return convert([granule], Recipe(), str(tmp_path / "cube"))


def groups(done: Conversion) -> dict[str, Hypercube]:
    return {hypercube.group: hypercube for hypercube in done.cube.hypercubes}


def test_valid_time_is_the_axis_across_forecasts(tmp_path: Path) -> None:
    messages = [
        a_message(dataTime=start, forecastTime=step) for start in (600, 1800) for step in (1, 2)
    ]
    found = xr.open_zarr(converted(tmp_path, *messages).cube.location)

    assert found.t.dims[0] == "time"
    assert found.forecast_reference_time.dims == found.step.dims == ("time",)
    hours = found.time.dt.hour.to_numpy().tolist()
    assert hours == [7, 8, 19, 20]


def test_clashing_valid_times_get_two_axes(tmp_path: Path) -> None:
    messages = [
        a_message(np.full(POINTS, start + step), dataTime=start * 100, forecastTime=step)
        for start in (0, 6)
        for step in (0, 6)
    ]
    found = xr.open_zarr(converted(tmp_path, *messages).cube.location)

    assert found.t.dims[:2] == ("forecast_reference_time", "step")
    assert found.time.dims == ("forecast_reference_time", "step")
    assert found.t.to_numpy()[:, :, 0, 0].tolist() == [[0, 6], [6, 12]]


def test_forecasts_of_different_length_are_split_rather_than_filled(tmp_path: Path) -> None:
    messages = [a_message(dataTime=0, forecastTime=step) for step in range(7)]
    messages += [a_message(dataTime=600, forecastTime=step) for step in range(3)]
    done = converted(tmp_path, *messages)

    assert len(groups(done)) == 2
    assert done.cube.fields_written == 10
    assert done.cube.left_out == ()


@pytest.mark.parametrize("key", ["model", "experiment", "activity", "resolution", "generation"])
def test_worlds_are_never_merged(key: str, tmp_path: Path) -> None:
    other = {
        "model": "ICON",
        "experiment": "hist",
        "activity": "baseline",
        "resolution": "standard",
        "generation": 2,
    }[key]
    done = converted(tmp_path, a_message(**CLIMATE_DT), a_message(**CLIMATE_DT | {key: other}))

    assert len(groups(done)) == 2
    assert done.cube.fields_written == 2
    assert all(str(other) in name or str(CLIMATE_DT[key]) in name for name in groups(done))


def test_realizations_are_an_axis(tmp_path: Path) -> None:
    worlds = (a_message(**CLIMATE_DT | {"realization": number}) for number in (2, 1))
    found = xr.open_zarr(converted(tmp_path, *worlds).cube.location)

    assert found.realization.to_numpy().tolist() == [1, 2]
    assert found.t.sizes["realization"] == 2


def test_control_and_perturbed_members_share_an_axis(tmp_path: Path) -> None:
    control = a_message(**MEMBER, typeOfEnsembleForecast=1, perturbationNumber=0, dataType="cf")
    others = [
        a_message(**MEMBER, typeOfEnsembleForecast=3, perturbationNumber=n, dataType="pf")
        for n in (1, 2)
    ]
    found = xr.open_zarr(converted(tmp_path, *others, control).cube.location)

    assert found.member.to_numpy().tolist() == [0, 1, 2]


def test_analyses_and_forecasts_stay_apart(tmp_path: Path) -> None:
    done = converted(tmp_path, a_message(dataType="an"), a_message(dataType="fc"))

    assert len(groups(done)) == 2


@pytest.mark.parametrize(("second", "words"), [(280.0, "same"), (281.0, "DIFFERENT")])
def test_the_first_of_duplicates_is_kept_aloud(second: float, words: str, tmp_path: Path) -> None:
    messages = (a_message(np.full(POINTS, value)) for value in (280.0, second))
    done = converted(tmp_path, *messages)
    found = xr.open_zarr(done.cube.location)

    assert (found.t == 280.0).all()
    assert (done.cube.fields_read, done.cube.fields_written) == (2, 1)
    assert words in done.cube.left_out[0].reason


def test_a_gap_is_filled_with_nan_aloud(tmp_path: Path) -> None:
    messages = [
        a_message(sample="regular_ll_pl_grib2", level=level, dataTime=hour * 100)
        for level in (500, 850)
        for hour in range(12)
        if (level, hour) != (850, 5)
    ]
    done = converted(tmp_path, *messages)
    found = xr.open_zarr(done.cube.location)

    assert np.isnan(found.t.sel(level=850).to_numpy()[5]).all()
    assert "time=2007-03-23T05:00:00Z level=850" in done.cube.left_out[0].reason
    assert len(done.metrics) == 23


def test_a_series_with_a_gap_joins_the_one_without(tmp_path: Path) -> None:
    messages = [
        a_message(shortName=name, dataTime=hour * 100)
        for name in ("sp", "skt")
        for hour in range(12)
        if (name, hour) != ("sp", 3)
    ]
    done = converted(tmp_path, *messages)

    assert list(groups(done)) == [""]
    assert "missing: 1 of 12" in done.cube.left_out[0].reason


def test_sums_over_clashing_periods_are_two_variables(tmp_path: Path) -> None:
    sums = (a_message(**ACCUMULATED, stepRange=steps) for steps in ("0-12", "6-12"))
    done = converted(tmp_path, *sums)

    assert done.cube.fields_written == 2
    assert len([v for h in done.cube.hypercubes for v in h.variables]) == 2


def test_heights_become_groups_with_readable_names(tmp_path: Path) -> None:
    done = converted(
        tmp_path, a_message(shortName="2t"), a_message(shortName="10u"), a_message(shortName="sp")
    )

    assert sorted(groups(done)) == ["height_10m", "height_2m", "surface"]


def test_the_order_of_messages_does_not_matter(tmp_path: Path) -> None:
    messages = [a_message(shortName=n, dataTime=t) for n in ("2t", "2d", "10u") for t in (0, 600)]
    one = converted(tmp_path, *messages).cube
    other = converted(tmp_path, *messages[::-1]).cube

    assert one.digest == other.digest


def test_units_are_those_of_the_message_and_not_of_the_name(tmp_path: Path) -> None:
    # A snow depth is in metres of water here and in kg m-2 there, under one name.
    metres = a_message(sample="regular_ll_sfc_grib1", paramId=141)
    mass = a_message(**CLIMATE_DT | {"generation": 2}, shortName="sd")
    found = [g.variables[0] for m in (metres, mass) for g in _cubes(tmp_path, m)]

    assert [(v.name, v.unit) for v in found] == [("sd", "m"), ("sd", "kg m-2")]


def test_a_centres_own_parameter_is_not_taken_for_ecmwfs_of_that_number(tmp_path: Path) -> None:
    # Finland's table 203 has 130 for the density of air, which elsewhere is its temperature.
    [hypercube] = _cubes(
        tmp_path,
        a_message(
            sample="regular_ll_sfc_grib1",
            centre="efkl",
            table2Version=203,
            indicatorOfParameter=130,
        ),
    )

    [variable] = hypercube.variables
    assert (variable.unit, variable.standard_name) == ("kg m-3", None)


def _cubes(tmp_path: Path, message: bytes) -> tuple[Hypercube, ...]:
    return converted(tmp_path, message).cube.hypercubes
