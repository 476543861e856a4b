"""The store, read as any user would, holds what the source holds."""

import numpy as np
import xarray as xr

from transforms.errors import ReadBackMismatch
from transforms.plans import PlannedHypercube, PlannedVariable, Region, Values
from transforms.recipe import Recipe
from transforms.writers.target import Target
from transforms.writers.zarr import read_slab, written_dtype

PLANAR = frozenset({"spatial", "other"})


def check(hypercubes: dict[str, PlannedHypercube], recipe: Recipe, target: Target) -> None:
    """Open every group in one line, and compare the first and last field of every variable.

    Raises:
        ReadBackMismatch: a group does not open, or a field differs from its source.
    """
    for name, hypercube in hypercubes.items():
        location = f"{target.location.rstrip('/')}/{name}".rstrip("/")
        options = dict(target.options) or None
        try:
            xr.open_zarr(location, consolidated=True, storage_options=options).close()
            group = xr.open_zarr(
                location, consolidated=True, storage_options=options, decode_cf=False
            )
        except (OSError, ValueError, KeyError) as error:
            raise ReadBackMismatch(
                f"expected the group {name or '/'} to open with xarray, came {error};"
                " convert again"
            ) from error
        with group:
            for variable in hypercube.variables:
                _compare(group, name, hypercube, variable, recipe)


def _compare(
    group: xr.Dataset,
    name: str,
    hypercube: PlannedHypercube,
    variable: PlannedVariable,
    recipe: Recipe,
) -> None:
    for region in _samples(hypercube, variable):
        written = group[variable.name][region].to_numpy()
        source = read_slab(variable, written_dtype(variable, recipe), region)
        if not _is_same(written, source):
            raise ReadBackMismatch(
                f"expected {name}/{variable.name} at {region} to hold the source's values,"
                f" came others ({int(np.sum(written != source))} of {source.size} differ);"
                " convert again"
            )


def _samples(hypercube: PlannedHypercube, variable: PlannedVariable) -> list[Region]:
    """Return the regions of the first and the last field."""
    kinds = {axis.name: axis.kind for axis in hypercube.axes}
    first, last = [], []
    for dimension, size in zip(variable.dimensions, variable.shape, strict=True):
        is_planar = kinds[dimension] in PLANAR
        first.append(slice(0, size if is_planar else 1))
        last.append(slice(0 if is_planar else size - 1, size))
    return [tuple(first), tuple(last)] if first != last else [tuple(first)]


def _is_same(written: Values, source: Values) -> bool:
    is_float = source.dtype.kind == "f"
    return written.dtype == source.dtype and np.array_equal(written, source, equal_nan=is_float)
