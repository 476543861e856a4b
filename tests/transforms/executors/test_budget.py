"""How much memory a plan may take, whatever the grid."""

from math import prod

import numpy as np
import pytest

from lake.nouns import Axis
from transforms.executors.budget import (
    LEAST_THREADS,
    PROGRAM_BYTES,
    task_bytes,
    threads_within,
)
from transforms.plans import NO_GRID, Name, PlannedHypercube, PlannedVariable, Region, Values
from transforms.recipe import Chunks, Recipe
from transforms.tiling import SLABS_IN_BUDGET, axes_of, slabs, tiling_of
from transforms.writers.target import Target
from transforms.writers.zarr import StorePlan

QUARTER, O320, H512, H1024, O2560 = 721 * 1440, 421_120, 12 * 512**2, 12 * 1024**2, 26_306_560
MB = 1 << 20


class Nothing:
    """Holds nothing, for plans that are not carried out."""

    def read(self, region: Region, out: Values) -> None:
        raise AssertionError


def a_plan(cells: int, hours: int = 24, levels: int = 1, **recipe: object) -> StorePlan:
    sizes = {"time": hours, "level": levels, "cell": cells}
    axes = tuple(
        Axis(name, "spatial" if name == "cell" else name, size) for name, size in sizes.items()
    )
    variable = PlannedVariable(
        "t", tuple(sizes), tuple(sizes.values()), np.dtype("f4"), np.nan, {}, Nothing(), fields=1
    )
    cube = PlannedHypercube(Name("t"), axes, NO_GRID, (), (variable,), {})
    return StorePlan({"": cube}, Recipe.model_validate(recipe), Target("memory://nowhere"))


def largest_slab(plan: StorePlan) -> int:
    cube = plan.hypercubes[""]
    variable = cube.variables[0]
    regions = slabs(axes_of(cube, variable), tiling_of(cube, variable, plan.recipe))
    return max(prod(p.stop - p.start for p in region) for region in regions) * 4


@pytest.mark.parametrize("cells", [QUARTER, O320, H512, H1024, O2560])
@pytest.mark.parametrize("memory_mb", [256, 512, 2048])
@pytest.mark.parametrize(
    "chunks", [Chunks(), Chunks(time=240, spatial=1024), Chunks(time=24, level=13)], ids=repr
)
def test_a_slab_keeps_within_its_part_of_the_budget(
    cells: int, memory_mb: int, chunks: Chunks
) -> None:
    plan = a_plan(cells, 240, 13, memory_mb=memory_mb, chunks=chunks)

    assert largest_slab(plan) <= max(memory_mb * MB // SLABS_IN_BUDGET, cells * 4)


@pytest.mark.parametrize("cells", [QUARTER, O320, H512])
def test_two_tasks_fit_the_default_budget(cells: int) -> None:
    plan = a_plan(cells)
    cube = plan.hypercubes[""]
    task = task_bytes(plan, cube, cube.variables[0])

    assert PROGRAM_BYTES + LEAST_THREADS * task <= 512 * MB


def test_more_memory_makes_longer_shards() -> None:
    slabs_of = [largest_slab(a_plan(H1024, memory_mb=memory)) for memory in (256, 512, 1024, 8192)]

    assert slabs_of == sorted(slabs_of)
    assert slabs_of[-1] == 24 * H1024 * 4


def test_no_more_tasks_run_at_once_than_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 64)

    assert threads_within(a_plan(O2560)) == LEAST_THREADS
    assert LEAST_THREADS < threads_within(a_plan(O320, hours=1)) <= 64


def test_the_layout_does_not_depend_on_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    before = largest_slab(a_plan(H512))
    monkeypatch.setattr("os.cpu_count", lambda: 64)

    assert largest_slab(a_plan(H512)) == before
