"""Writes planned hypercubes as one Zarr v3 store, slab by slab, each shard once.

The same plan gives the same bytes: nothing of the clock, the machine or the order of threads goes
into a store.
"""

import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import zarr
from zarr.codecs import BloscCodec
from zarr.errors import ZarrUserWarning

from transforms.metrics import Row, rows
from transforms.plans import Coordinate, PlannedHypercube, PlannedVariable, Region, Values
from transforms.recipe import Codec, Precision, Recipe
from transforms.tiling import Tiling, slabs, tile
from transforms.writers.target import Target

CONVENTIONS = "CF-1.11"
ZSTD_LEVELS = {Codec.FAST: 1, Codec.BALANCED: 3}


def write(
    hypercubes: Mapping[str, PlannedHypercube], recipe: Recipe, target: Target
) -> Iterator[Row]:
    """Write hypercubes under their group names, and yield the metrics of every field on the way.

    The store is complete, its metadata consolidated in the root and in each group, only once the
    iterator is exhausted.

    Raises:
        UnreadableGranule: a field of the source cannot be decoded.
    """
    store = target.store()
    root = zarr.create_group(store, zarr_format=3, attributes={"Conventions": CONVENTIONS})
    for name, hypercube in hypercubes.items():
        attributes = _group_attributes(hypercube)
        group = root.create_group(name, attributes=attributes) if name else root
        if not name:
            root.update_attributes(attributes)
        for coordinate in hypercube.coordinates:
            _write_whole(group, coordinate)
        for variable in hypercube.variables:
            yield from _write_slabs(group, name, hypercube, variable, recipe)
    with warnings.catch_warnings():
        # Consolidated metadata is an extension of Zarr v3 that every reader we know understands
        warnings.simplefilter("ignore", ZarrUserWarning)
        for name in filter(None, hypercubes):
            zarr.consolidate_metadata(store, path=name)
        zarr.consolidate_metadata(store)


def written_dtype(variable: PlannedVariable, recipe: Recipe) -> np.dtype[Any]:
    """Return the type in which the recipe wants a variable."""
    if variable.dtype.kind != "f" or recipe.precision is Precision.AUTO:
        return variable.dtype
    return np.dtype(recipe.precision.value)


def tiling_of(hypercube: PlannedHypercube, variable: PlannedVariable, recipe: Recipe) -> Tiling:
    """Return how the recipe cuts a variable."""
    axes = {axis.name: axis for axis in hypercube.axes}
    return tile(
        [axes[dimension] for dimension in variable.dimensions],
        written_dtype(variable, recipe).itemsize,
        recipe.chunks,
        sharding=recipe.shards,
        is_healpix=hypercube.grid.kind == "healpix",
    )


def _group_attributes(hypercube: PlannedHypercube) -> dict[str, Any]:
    attributes = {**hypercube.attributes, "Conventions": CONVENTIONS}
    names = [c.name for c in hypercube.coordinates]
    if "crs" in names:
        # xarray reads this attribute of a group as the names of further coordinates
        attributes["coordinates"] = "crs"
    return attributes


def _write_whole(group: zarr.Group, coordinate: Coordinate) -> None:
    values = coordinate.values
    is_text = values.dtype.kind in "UO"
    array = group.create_array(
        coordinate.name,
        shape=values.shape,
        chunks=values.shape,
        dtype=str if is_text else values.dtype,
        fill_value="" if is_text else _nothing(values.dtype),
        compressors="auto" if is_text else _compressor(Codec.BALANCED, values.dtype),
        dimension_names=coordinate.dimensions,
        attributes=dict(coordinate.attributes),
    )
    array[...] = values.astype(object) if is_text else values


def _nothing(dtype: np.dtype[Any]) -> float:
    return float("nan") if dtype.kind == "f" else 0


def _compressor(codec: Codec, dtype: np.dtype[Any]) -> BloscCodec:
    return BloscCodec(
        typesize=dtype.itemsize, cname="zstd", clevel=ZSTD_LEVELS[codec], shuffle="bitshuffle"
    )


def _write_slabs(
    group: zarr.Group,
    name: str,
    hypercube: PlannedHypercube,
    variable: PlannedVariable,
    recipe: Recipe,
) -> Iterator[Row]:
    tiling = tiling_of(hypercube, variable, recipe)
    dtype = written_dtype(variable, recipe)
    array = group.create_array(
        variable.name,
        shape=variable.shape,
        chunks=tiling.chunks,
        shards=tiling.shards if tiling.is_sharded else None,
        dtype=dtype,
        fill_value=variable.fill_value,
        compressors=_compressor(recipe.codec, dtype),
        dimension_names=variable.dimensions,
        attributes=dict(variable.attributes),
    )
    axes = {axis.name: axis for axis in hypercube.axes}
    regions = slabs([axes[dimension] for dimension in variable.dimensions], tiling)
    with ThreadPoolExecutor(1) as behind:
        writing: Future[None] | None = None
        for region in regions:
            values = read_slab(variable, dtype, region)
            if writing is not None:
                writing.result()
            writing = behind.submit(array.__setitem__, region, values)
            yield from rows(name, hypercube, variable, region, values)
        if writing is not None:
            writing.result()


def read_slab(variable: PlannedVariable, dtype: np.dtype[Any], region: Region) -> Values:
    """Return one slab of the source as it is to be written."""
    values = np.full([part.stop - part.start for part in region], variable.fill_value, dtype)
    variable.reader.read(region, values)
    return values
