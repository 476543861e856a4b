"""The store, read as any user would, holds what the source holds.

What was written field by field is compared with what the format's own library decodes.
"""

import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from math import prod
from typing import Any

import numpy as np
import xarray as xr
import zarr
from zarr.errors import ZarrUserWarning

from transforms.errors import ReadBackMismatch
from transforms.executors.budget import threads_within
from transforms.overviews import Level
from transforms.plans import FieldReader, PlannedHypercube, PlannedVariable, Region, Values
from transforms.tiling import PLANAR, tiling_of
from transforms.writers.zarr import StorePlan

MOST_CELLS_SIDE_BY_SIDE = 2 << 20
"""ecCodes decodes a field into float64: of larger ones, two at once pass 512 MB (H512: 520)."""
ROUNDING = 0.5 + 1e-6
"""How many packing steps a rounding codec may move a value, float32's own error included."""


def check(plan: StorePlan) -> None:
    """Open every group in one line, and compare a chunk of two fields of every variable.

    Variables are compared side by side, unless their fields are so large that this would take more
    memory than writing them did.

    Raises:
        ReadBackMismatch: a group does not open, or a field differs from its source, or a level
            from the one that is finer.
    """
    with warnings.catch_warnings():
        # Pcodec is an extension of Zarr v3, asked for by the recipe
        warnings.simplefilter("ignore", ZarrUserWarning)
        groups = {name: _group(plan, name) for name in plan.groups}
        with ThreadPoolExecutor(_at_once(plan)) as pool:
            done = [pool.submit(_open_as_users_do, plan)]
            done += [
                pool.submit(_compare, plan, groups[name], name, variable)
                for name, hypercube in plan.hypercubes.items()
                for variable in hypercube.variables
            ]
            done += [
                pool.submit(_compare_level, plan, groups, level, variable)
                for level in chain(*plan.overviews.values())
                for variable in level.hypercube.variables
            ]
        for one in done:
            one.result()


def _at_once(plan: StorePlan) -> int:
    largest = max(
        (
            prod(variable.shape[-len(hypercube.grid.dimensions) :])
            for hypercube in plan.hypercubes.values()
            for variable in hypercube.variables
        ),
        default=0,
    )
    return threads_within(plan) if largest <= MOST_CELLS_SIDE_BY_SIDE else 1


def _open_as_users_do(plan: StorePlan) -> None:
    for name in plan.groups:
        location, options = _where(plan, name)
        with _expecting_to_open(name):
            xr.open_zarr(location, chunks=None, storage_options=options).close()


def _group(plan: StorePlan, name: str) -> zarr.Group:
    location, options = _where(plan, name)
    with _expecting_to_open(name):
        return zarr.open_group(location, mode="r", storage_options=options, use_consolidated=True)


def _where(plan: StorePlan, name: str) -> tuple[str, dict[str, Any] | None]:
    location = f"{plan.target.location.rstrip('/')}/{name}".rstrip("/")
    return location, dict(plan.target.options) or None


@contextmanager
def _expecting_to_open(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError) as error:
        raise ReadBackMismatch(
            f"expected the group {name or '/'} to open with xarray, came {error}; convert again"
        ) from error


def _compare_level(
    plan: StorePlan, groups: Mapping[str, zarr.Group], level: Level, variable: PlannedVariable
) -> None:
    """Compare a level with the means of what the store has one level finer."""
    for region in _samples(plan, level.hypercube, variable):
        written = np.asarray(groups[level.group][variable.name][region])  # type: ignore[index]
        source = level.source_region(variable, region)
        finer = np.asarray(groups[level.source][variable.name][source])  # type: ignore[index]
        if not _is_same(written, level.coarsened(variable, finer), 0.0):
            raise ReadBackMismatch(
                f"expected {level.group}/{variable.name} at {region} to hold means of"
                f" {level.source}, came others; convert again"
            )


def _compare(plan: StorePlan, group: zarr.Group, name: str, variable: PlannedVariable) -> None:
    hypercube = plan.hypercubes[name]
    for region in _samples(plan, hypercube, variable):
        written = np.asarray(group[variable.name][region])  # type: ignore[index]
        source = _source(hypercube, variable, region)
        is_rounded = plan.recipe.codec.is_rounding
        allowed = _step(hypercube, variable, region) * ROUNDING if is_rounded else 0.0
        if not _is_same(written, source, allowed):
            raise ReadBackMismatch(
                f"expected {name}/{variable.name} at {region} to hold the source's values,"
                f" came others ({int(np.sum(written != source))} of {source.size} differ);"
                " convert again"
            )


def _samples(
    plan: StorePlan, hypercube: PlannedHypercube, variable: PlannedVariable
) -> list[Region]:
    """Return the first chunk of the first field and the last chunk of the last."""
    kinds = {axis.name: axis.kind for axis in hypercube.axes}
    chunks = tiling_of(hypercube, variable, plan.recipe).chunks
    first, last = [], []
    for dimension, size, chunk in zip(variable.dimensions, variable.shape, chunks, strict=True):
        extent = chunk if kinds[dimension] in PLANAR else 1
        first.append(slice(0, min(extent, size)))
        last.append(slice((size - 1) // extent * extent, size))
    return [tuple(first), tuple(last)] if first != last else [tuple(first)]


def _source(hypercube: PlannedHypercube, variable: PlannedVariable, region: Region) -> Values:
    """Read the part of a field from the source; readers give whole fields only."""
    kinds = {axis.name: axis.kind for axis in hypercube.axes}
    whole, within = [], []
    for dimension, size, part in zip(variable.dimensions, variable.shape, region, strict=True):
        is_spatial = kinds[dimension] == "spatial"
        whole.append(slice(0, size) if is_spatial else part)
        within.append(part if is_spatial else slice(None))
    shape = [part.stop - part.start for part in whole]
    values = np.full(shape, variable.fill_value, variable.dtype)
    variable.reader.read(tuple(whole), values)
    return values[tuple(within)]


def _step(hypercube: PlannedHypercube, variable: PlannedVariable, region: Region) -> float:
    if not isinstance(variable.reader, FieldReader):
        return 0.0
    outer = len(variable.dimensions) - len(hypercube.grid.dimensions)
    return variable.reader.packing_step(tuple(part.start for part in region[:outer]))


def _is_same(written: Values, source: Values, allowed: float) -> bool:
    is_float = source.dtype.kind == "f"
    if written.dtype != source.dtype:
        return False
    if not allowed:
        return np.array_equal(written, source, equal_nan=is_float)
    near = np.spacing(np.nanmax(np.abs(source), initial=0.0))
    return np.allclose(written, source, rtol=0.0, atol=allowed + float(near), equal_nan=True)
