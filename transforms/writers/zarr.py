"""A Zarr v3 store as independent tasks: each writes whole shards, once, and shares nothing.

Any executor may run the tasks of a plan, in any order and place. The same plan gives the same
bytes: nothing of the clock, the machine or the order of tasks goes into a store.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from transforms.metrics import Row, field_axes, measured_fields, rows
from transforms.overviews import Levels, attributes, coarse_hypercubes
from transforms.plans import (
    FieldReader,
    Index,
    Measured,
    PlannedHypercube,
    PlannedVariable,
    Region,
    Values,
)
from transforms.recipe import Recipe
from transforms.tiling import axes_of, slabs, tiling_of
from transforms.writers import metadata
from transforms.writers.codecs import encoder
from transforms.writers.shards import Cutter, keys, pieces
from transforms.writers.staging import Staging
from transforms.writers.target import Sealed, StoredObject, Target, sealed

Read = Callable[[Region, Values], None]
_staging = Staging()


@dataclass(frozen=True, slots=True, eq=False)
class StorePlan:
    """All that tasks need to know: hypercubes by group name, the recipe, and where to write.

    ``overviews`` are coarser levels of hypercubes, which the tasks of those write along.
    """

    hypercubes: Mapping[str, PlannedHypercube]
    recipe: Recipe
    target: Target
    overviews: Levels = field(default_factory=dict)

    @property
    def groups(self) -> dict[str, PlannedHypercube]:
        """All groups of the store by name: the hypercubes, and their coarser levels."""
        return {**self.hypercubes, **coarse_hypercubes(self.overviews)}


@dataclass(frozen=True, slots=True)
class ShardTask:
    """The shards of one region of one array, named within its plan; small enough to send."""

    group: str
    array: str
    region: Region


@dataclass(frozen=True, slots=True)
class Written:
    """What a task did: the metrics of its fields, and the objects that it put."""

    rows: tuple[Row, ...]
    objects: tuple[StoredObject, ...]


def tasks(plan: StorePlan) -> list[ShardTask]:
    """Return the tasks of a plan, in the order in which their ``Written`` are to be finished."""
    return [
        ShardTask(name, array.name, region)
        for name, hypercube in plan.groups.items()
        for array in (hypercube.arrays if name in plan.hypercubes else hypercube.grid.listed)
        for region in _regions(plan, hypercube, array)
    ]


def begin(plan: StorePlan) -> None:
    """Clear the place of what an interrupted conversion left, and mark it as a store to come.

    Raises:
        TargetOccupied: something that is no store lies there.
    """
    plan.target.clear()
    plan.target.put("zarr.json", [metadata.unfinished()])


def carry_out(plan: StorePlan, task: ShardTask) -> Written:
    """Read, measure, compress and store one task's region; safe to repeat.

    Raises:
        UnreadableGranule: a field of the source cannot be decoded.
    """
    hypercube = plan.groups[task.group]
    array = next(array for array in hypercube.arrays if array.name == task.array)
    if array in hypercube.grid.listed:
        return Written((), tuple(_put(plan, task, array, array.reader.read)))
    slab, measures = read_slab(hypercube, array, task.region, is_rounded=_is_rounding(plan))
    labelled = rows(task.group, hypercube, array, task.region, measures)
    objects = (*_put_slab(plan, task, array, slab), *_put_overviews(plan, task, slab))
    return Written(tuple(labelled), objects)


def finish(plan: StorePlan, written: Iterable[Written]) -> Sealed:
    """Make the store readable: put its metadata, the root's last, and return its digest.

    ``written`` is what the tasks of the plan returned, all of them.
    """
    objects = [stored for one in written for stored in one.objects]
    documents = metadata.documents(plan.groups, plan.recipe, attributes(plan.overviews))
    objects += [plan.target.put(key, [data]) for key, data in documents.items()]
    return sealed(objects)


def read_slab(
    hypercube: PlannedHypercube, variable: PlannedVariable, region: Region, *, is_rounded: bool
) -> tuple[Values, dict[Index, Measured]]:
    """Return one slab of the source as it is to be written, and the measures of its fields.

    The slab is good until this thread reads its next.
    """
    slab = _staging.slab(tuple(part.stop - part.start for part in region), variable.dtype)
    reader = variable.reader
    if not isinstance(reader, FieldReader):
        slab[...] = variable.fill_value
        reader.read(region, slab)
        return slab, measured_fields(hypercube, variable, slab)
    outer = region[: len(field_axes(hypercube, variable))]
    found = {}
    for place in np.ndindex(*slab.shape[: len(outer)]):
        index = tuple(part.start + at for part, at in zip(outer, place, strict=True))
        measured = reader.read_field(index, slab[place], is_rounded=is_rounded)
        if measured is None:
            slab[place] = variable.fill_value
        else:
            found[place] = measured
    return slab, found


def _regions(plan: StorePlan, hypercube: PlannedHypercube, array: PlannedVariable) -> list[Region]:
    return slabs(axes_of(hypercube, array), tiling_of(hypercube, array, plan.recipe))


def _is_rounding(plan: StorePlan) -> bool:
    return plan.recipe.codec.is_rounding


def _put_slab(
    plan: StorePlan, task: ShardTask, array: PlannedVariable, slab: Values
) -> Iterator[StoredObject]:
    def part(region: Region, out: Values) -> None:
        within = zip(region, task.region, strict=True)
        out[...] = slab[tuple(slice(r.start - t.start, r.stop - t.start) for r, t in within)]

    yield from _put(plan, task, array, part)


def _put_overviews(plan: StorePlan, task: ShardTask, slab: Values) -> Iterator[StoredObject]:
    """Write the same region of each coarser level, made of the level before."""
    for level in plan.overviews.get(task.group, ()):
        variable = level.variable(task.array)
        if variable is None:
            return
        slab = level.coarsened(variable, slab)
        region = tuple(
            slice(part.start, part.start + size)
            for part, size in zip(task.region, slab.shape, strict=True)
        )
        coarser = ShardTask(level.group, task.array, region)
        yield from _put_slab(plan, coarser, variable, slab)


def _put(
    plan: StorePlan, task: ShardTask, array: PlannedVariable, read: Read
) -> Iterator[StoredObject]:
    tiling = tiling_of(plan.groups[task.group], array, plan.recipe)
    cutter = Cutter(array.shape, tiling.chunks, array.dtype, array.fill_value, read)
    codec = encoder(plan.recipe.codec, array.dtype)

    for key, start in keys(task.region, tiling):
        path = "/".join(filter(None, (task.group, array.name, key)))
        shard = pieces(start, array.shape, tiling, cutter.cut, codec.encode, cutter.is_nothing)
        yield plan.target.put(path, shard)
