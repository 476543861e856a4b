"""The store, read back, against its source."""

from pathlib import Path

import numpy as np
import pytest

from lake.nouns import Axis
from transforms import readback
from transforms.errors import ReadBackMismatch
from transforms.plans import NO_GRID, Name, PlannedHypercube, PlannedVariable, Region, Values
from transforms.recipe import Recipe
from transforms.writers import zarr
from transforms.writers.target import Target

SHAPE = (3, 4)


class SteadySource:
    """Holds the same values whenever it is asked."""

    def read(self, region: Region, out: Values) -> None:
        out[...] = np.arange(12.0).reshape(SHAPE)[region]


class RestlessSource:
    """Holds other values each time it is asked."""

    def __init__(self) -> None:
        self._reads = 0

    def read(self, region: Region, out: Values) -> None:
        self._reads += 1
        out[...] = self._reads


def written(source: SteadySource | RestlessSource, target: Target) -> zarr.StorePlan:
    dimensions = ("latitude", "longitude")
    variable = PlannedVariable(
        "t", dimensions, SHAPE, np.dtype("float32"), float("nan"), {}, source, fields=1
    )
    axes = tuple(Axis(d, "spatial", n) for d, n in zip(dimensions, SHAPE, strict=True))
    cubes = {"": PlannedHypercube(Name("t"), axes, NO_GRID, (), (variable,), {})}
    plan = zarr.StorePlan(cubes, Recipe(), target)
    zarr.begin(plan)
    zarr.finish(plan, [zarr.carry_out(plan, task) for task in zarr.tasks(plan)])
    return plan


def test_a_faithful_store_passes(tmp_path: Path) -> None:
    target = Target(str(tmp_path / "cube"))

    readback.check(written(SteadySource(), target))


def test_a_store_that_differs_from_its_source_does_not_pass(tmp_path: Path) -> None:
    target = Target(str(tmp_path / "cube"))
    plan = written(RestlessSource(), target)

    with pytest.raises(ReadBackMismatch, match="12 of 12 differ"):
        readback.check(plan)


def test_a_store_that_does_not_open_does_not_pass(tmp_path: Path) -> None:
    target = Target(str(tmp_path / "cube"))
    plan = written(SteadySource(), target)
    target.clear()

    with pytest.raises(ReadBackMismatch, match="to open with xarray"):
        readback.check(plan)
