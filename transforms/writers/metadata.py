"""All of a store that is not a shard: its metadata and small coordinates, made by zarr-python."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import zarr
from zarr.core.buffer import Buffer
from zarr.errors import ZarrUserWarning
from zarr.storage import MemoryStore

from transforms.plans import Attributes, Coordinate, PlannedHypercube, PlannedVariable
from transforms.recipe import Codec, Recipe
from transforms.tiling import Tiling, tiling_of
from transforms.writers.codecs import encoder

CONVENTIONS = "CF-1.11"


def documents(
    hypercubes: Mapping[str, PlannedHypercube], recipe: Recipe, attributes: Attributes
) -> dict[str, bytes]:
    """Return the small objects of a store by their keys, the root's metadata last.

    Metadata is consolidated in the root and in each group; the root has ``attributes``.
    """
    made: dict[str, Buffer] = {}
    store = MemoryStore(made)
    told = {"Conventions": CONVENTIONS, **attributes}
    root = zarr.create_group(store, zarr_format=3, attributes=told)
    with warnings.catch_warnings():
        # Consolidated metadata and Pcodec are extensions of Zarr v3, known to all its readers
        warnings.simplefilter("ignore", ZarrUserWarning)
        for name, hypercube in hypercubes.items():
            _describe(root, name, hypercube, recipe)
        for name in filter(None, hypercubes):
            zarr.consolidate_metadata(store, path=name)
        zarr.consolidate_metadata(store)
    ordered = sorted(made, key=lambda key: (key == "zarr.json", key))
    return {key: made[key].to_bytes() for key in ordered}


def unfinished() -> bytes:
    """Return the metadata of a store of which nothing can be read yet."""
    made: dict[str, Buffer] = {}
    zarr.create_group(MemoryStore(made), zarr_format=3)
    return made["zarr.json"].to_bytes()


def _describe(root: zarr.Group, name: str, hypercube: PlannedHypercube, recipe: Recipe) -> None:
    attributes = _group_attributes(hypercube)
    group = root.create_group(name, attributes=attributes) if name else root
    if not name:
        root.update_attributes(attributes)
    for coordinate in hypercube.coordinates:
        _write_whole(group, coordinate)
    for variable in hypercube.arrays:
        _create(group, variable, tiling_of(hypercube, variable, recipe), recipe)


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
    compressors = {} if is_text else encoder(Codec.BALANCED, values.dtype).metadata()
    array = group.create_array(
        coordinate.name,
        shape=values.shape,
        chunks=values.shape,
        dtype=str if is_text else values.dtype,
        fill_value="" if is_text else _nothing(values.dtype),
        dimension_names=coordinate.dimensions,
        attributes=dict(coordinate.attributes),
        **compressors,
    )
    array[...] = values.astype(object) if is_text else values


def _create(group: zarr.Group, variable: PlannedVariable, tiling: Tiling, recipe: Recipe) -> None:
    dtype = recipe_dtype = variable.dtype
    group.create_array(
        variable.name,
        shape=variable.shape,
        chunks=tiling.chunks,
        shards=tiling.shards if tiling.is_sharded else None,
        dtype=dtype,
        fill_value=variable.fill_value,
        dimension_names=variable.dimensions,
        attributes=dict(variable.attributes),
        **encoder(recipe.codec, recipe_dtype).metadata(),
    )


def _nothing(dtype: np.dtype[Any]) -> float:
    return float("nan") if dtype.kind == "f" else 0
