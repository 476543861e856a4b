"""A store as independent tasks."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tests.transforms.makers import POINTS, a_file, a_message
from tests.transforms.test_convert import files
from transforms.convert import convert
from transforms.decoders.grib_decoder import GribDecoder
from transforms.executors.threads import Threads
from transforms.granules import LocalGranule
from transforms.recipe import Chunks, Codec, Recipe
from transforms.writers.target import Target, sealed
from transforms.writers.zarr import StorePlan, begin, carry_out, finish, tasks

HOURS = 12


@pytest.fixture
def granule(tmp_path: Path) -> LocalGranule:
    messages = [
        a_message(
            np.sin(np.arange(POINTS) + hour) * 10 + 280,
            shortName=name,
            dataTime=hour * 100,
            packingType="grid_ccsds",
            bitsPerValue=12,
        )
        for name in ("2t", "2d")
        for hour in range(HOURS)
        if (name, hour) != ("2d", 2)
    ]
    return a_file(tmp_path / "day.grib", *messages)


def a_plan(granule: LocalGranule, into: Path, **recipe: object) -> StorePlan:
    hypercubes = GribDecoder().plan([granule]).hypercubes
    named = {f"g{number}": hypercube for number, hypercube in enumerate(hypercubes)}
    return StorePlan(named, Recipe.model_validate(recipe), Target(str(into)))


def test_tasks_run_in_any_order_twice_and_elsewhere(granule: LocalGranule, tmp_path: Path) -> None:
    layout = {"chunks": Chunks(time=4), "shards": False}
    plain, odd = (a_plan(granule, tmp_path / name, **layout) for name in ("plain", "odd"))
    begin(plain)
    expected = finish(plain, Threads().run(plain))
    begin(odd)
    sent = pickle.loads(pickle.dumps((odd, tasks(odd))))  # noqa: S301 - our own
    done = {str(task): carry_out(sent[0], task) for task in sent[1][::-1] * 2}
    found = finish(odd, done.values())

    assert len(tasks(plain)) == 2 * 3
    assert found == expected
    assert files(tmp_path / "odd") == files(tmp_path / "plain")


def test_a_store_is_empty_to_readers_until_it_is_finished(
    granule: LocalGranule, tmp_path: Path
) -> None:
    plan = a_plan(granule, tmp_path / "cube")
    begin(plan)
    written = list(Threads().run(plan))

    assert len(xr.open_zarr(tmp_path / "cube", consolidated=False).variables) == 0
    assert finish(plan, written) == plan.target.seal()


def test_what_a_killed_conversion_left_does_not_show(
    granule: LocalGranule, tmp_path: Path
) -> None:
    plan = a_plan(granule, tmp_path / "cube")
    begin(plan)
    expected = finish(plan, Threads().run(plan))
    begin(plan)
    carry_out(plan, tasks(plan)[0])
    (tmp_path / "cube" / "g0" / "t2m" / "c" / "9").write_bytes(b"half a shard")
    begin(plan)

    assert finish(plan, Threads().run(plan)) == expected == plan.target.seal()


def test_the_digest_does_not_mind_the_order_of_objects(
    granule: LocalGranule, tmp_path: Path
) -> None:
    plan = a_plan(granule, tmp_path / "cube")
    begin(plan)
    objects = [one for written in Threads().run(plan) for one in written.objects]

    assert sealed(objects) == sealed(objects[::-1])


@pytest.mark.parametrize("codec", [Codec.ROUNDED, Codec.ARCHIVE])
def test_rounding_codecs_stay_within_half_a_step(
    codec: Codec, granule: LocalGranule, tmp_path: Path
) -> None:
    exact, rounded = (
        convert([granule], Recipe(codec=kind), str(tmp_path / kind)).cube.location
        for kind in (Codec.FAST, codec)
    )
    hypercubes = GribDecoder().plan([granule]).hypercubes
    steps = {
        variable.name: max(variable.reader.packing_step((hour,)) for hour in range(HOURS))  # type: ignore[attr-defined]
        for hypercube in hypercubes
        for variable in hypercube.variables
    }
    pairs = zip(*map(leaves, (exact, rounded)), strict=True)

    for first, second in pairs:
        away = np.abs(first.astype("f8") - second.astype("f8"))
        assert 0 < float(away.max()) <= steps[str(first.name)] * 0.5001


@pytest.mark.parametrize("codec", Codec)
def test_a_gap_is_nan_in_every_codec(codec: Codec, granule: LocalGranule, tmp_path: Path) -> None:
    done = convert([granule], Recipe(codec=codec), str(tmp_path / "cube"))
    dew_point = next(array for array in leaves(done.cube.location) if array.name == "d2m")

    assert dew_point.isnull().all(["latitude", "longitude"]).values.tolist() == [
        hour == 2 for hour in range(HOURS)
    ]
    assert len(done.metrics) == 2 * HOURS - 1


def leaves(location: str) -> list[xr.DataArray]:
    tree = xr.open_datatree(location, engine="zarr")
    return [array for node in tree.subtree for array in node.dataset.data_vars.values()]
