"""How many tasks of a plan run side by side on one machine: as many as memory allows."""

import os
from math import prod

from transforms.plans import PlannedHypercube, PlannedVariable
from transforms.tiling import tiling_of
from transforms.writers.zarr import StorePlan

PROGRAM_BYTES = 190 << 20
"""The interpreter with its libraries (measured)."""
FIELDS_BESIDE = 2
"""Fields' worth of memory that decoding one takes beside its slab: its bytes and its numbers."""
LEAST_THREADS = 2


def threads_within(plan: StorePlan) -> int:
    """Return how many tasks fit the recipe's memory at once: two at least, one for each core."""
    cores = os.cpu_count() or 1
    largest = max(
        (
            task_bytes(plan, hypercube, array)
            for hypercube in plan.hypercubes.values()
            for array in hypercube.variables
        ),
        default=1,
    )
    fitting = ((plan.recipe.memory_mb << 20) - PROGRAM_BYTES) // largest
    return min(cores, max(LEAST_THREADS, fitting))


def task_bytes(plan: StorePlan, hypercube: PlannedHypercube, array: PlannedVariable) -> int:
    """Return the memory that one task of an array takes: slab, decoder, and a chunk either way."""
    tiling = tiling_of(hypercube, array, plan.recipe)
    kinds = {axis.name: axis.kind for axis in hypercube.axes}
    extents = [
        size if kinds[dimension] == "spatial" else min(size, shard)
        for dimension, size, shard in zip(
            array.dimensions, array.shape, tiling.shards, strict=True
        )
    ]
    field = prod(
        size
        for dimension, size in zip(array.dimensions, array.shape, strict=True)
        if kinds[dimension] == "spatial"
    )
    cells = prod(extents) + FIELDS_BESIDE * field + 2 * prod(tiling.chunks)
    return cells * array.dtype.itemsize
