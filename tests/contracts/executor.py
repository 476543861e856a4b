"""What every executor promises. Subclass it, and give it an executor."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.s3 import S3
from tests.transforms.makers import POINTS, a_file, a_message
from transforms.decoders.grib_decoder import GribDecoder
from transforms.executors.protocol import Executor
from transforms.granules import LocalGranule
from transforms.metrics import table
from transforms.recipe import Chunks, Recipe
from transforms.writers.target import Sealed, Target
from transforms.writers.zarr import StorePlan, Written, begin, carry_out, finish, tasks

HOURS = 12


def a_granule(folder: Path) -> LocalGranule:
    messages = [
        a_message(np.sin(np.arange(POINTS) + hour) * 10 + 280, shortName=name, dataTime=hour * 100)
        for name in ("2t", "2d")
        for hour in range(HOURS)
        if (name, hour) != ("2d", 2)
    ]
    return a_file(folder / "day.grib", *messages)


def a_plan(granule: LocalGranule, into: str) -> StorePlan:
    """Six tasks, of which one has a gap."""
    hypercubes = GribDecoder().plan([granule]).hypercubes
    named = {f"g{number}": hypercube for number, hypercube in enumerate(hypercubes)}
    return StorePlan(named, Recipe(chunks=Chunks(time=4), shards=False), Target(into))


def alone(plan: StorePlan) -> tuple[Sealed, list[Written]]:
    """Carry out a plan without any executor."""
    begin(plan)
    written = [carry_out(plan, task) for task in tasks(plan)]
    return finish(plan, written), written


class ExecutorContract:
    """Fixture to give: ``executor``."""

    @pytest.fixture
    def executor(self) -> Executor:
        raise NotImplementedError

    def test_the_bytes_and_the_metrics_are_the_same_whoever_works(
        self, executor: Executor, tmp_path: Path
    ) -> None:
        granule = a_granule(tmp_path)
        expected, measured = alone(a_plan(granule, str(tmp_path / "alone")))
        plan = a_plan(granule, str(tmp_path / "cube"))
        begin(plan)
        written = list(executor.run(plan))

        assert len(written) == len(tasks(plan)) == 6
        assert finish(plan, written) == expected == plan.target.seal()
        assert _table(written).equals(_table(measured))

    def test_a_store_on_s3_has_the_same_bytes(
        self, executor: Executor, tmp_path: Path, s3: S3
    ) -> None:
        granule = a_granule(tmp_path)
        expected, _ = alone(a_plan(granule, str(tmp_path / "alone")))
        plan = a_plan(granule, f"{s3.bucket()}/cube.zarr")
        begin(plan)

        assert finish(plan, executor.run(plan)) == expected == plan.target.seal()

    def test_it_is_plain_data(self, executor: Executor) -> None:
        assert pickle.loads(pickle.dumps(executor)) == executor  # noqa: S301 - our own


def _table(written: list[Written]) -> pd.DataFrame:
    return table(row for one in written for row in one.rows)
