"""Coarser levels of a hypercube beside it, for maps: each cell the mean of those it covers.

Levels are planned as hypercubes of their own, and are made of the slabs of the full resolution
while those are in memory: nothing is read twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from math import prod
from typing import Any

import numpy as np

from lake.nouns import Axis, LeftOut
from transforms import means
from transforms.coarser_grids import coarser_coordinates, coarser_healpix
from transforms.plans import PlannedHypercube, PlannedVariable, Region, Values
from transforms.recipe import Recipe
from transforms.tiling import HEALPIX_BASE_PIXELS, tiling_of

HEALPIX_CHILDREN = 4
ROWS_AND_COLUMNS = 2
FLAGS = frozenset({"flag_values", "flag_masks", "flag_meanings"})
POINTERS = ("coordinates", "ancillary_variables")
CONVENTION = {
    "uuid": "d35379db-88df-4056-af3a-620245f8e347",
    "name": "multiscales",
    "schema_url": "https://raw.githubusercontent.com/zarr-conventions/multiscales/refs/tags/v1/"
    "schema.json",
    "spec_url": "https://github.com/zarr-conventions/multiscales/blob/v1/README.md",
    "description": "Multiscale layout of zarr datasets",
}


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One coarser level; ``factor`` cells along each of ``dimensions`` of its source become one.

    The readers of its variables are those of the full resolution, and are not asked.
    """

    group: str
    source: str
    hypercube: PlannedHypercube
    dimensions: tuple[str, ...]
    factor: int

    def variable(self, name: str) -> PlannedVariable | None:
        """Return a variable of the level; None for one that has no mean."""
        return next((v for v in self.hypercube.variables if v.name == name), None)

    def coarsened(self, variable: PlannedVariable, finer: Values) -> Values:
        """Return the means of a contiguous slab of the source, in the memory of that slab.

        ``variable`` is the level's own. Cells without a value do not count; a mean of none of
        them is missing.
        """
        axes = [variable.dimensions.index(name) for name in self.dimensions]
        shape = list(finer.shape)
        for axis in axes:
            shape[axis] = -(-shape[axis] // self.factor)
        # A field's means end before the next field begins, so that none is overwritten unread
        found: Values = finer.reshape(-1)[: prod(shape)].reshape(shape)
        lead = min(axes)
        inner = [axis - lead for axis in axes]
        missing = variable.attributes.get("_FillValue")
        for place in np.ndindex(*shape[:lead]):
            means.fill(found[place], finer[place], inner, self.factor, missing)
        return found

    def source_region(self, variable: PlannedVariable, region: Region) -> Region:
        """Return the region of the source that a region of the level is made of."""
        return tuple(
            slice(part.start * self.factor, part.stop * self.factor)
            if name in self.dimensions
            else part
            for name, part in zip(variable.dimensions, region, strict=True)
        )


Levels = Mapping[str, tuple[Level, ...]]
"""The levels of each hypercube by its group's name, the finest first."""


def planned(
    hypercubes: Mapping[str, PlannedHypercube], recipe: Recipe
) -> tuple[dict[str, tuple[Level, ...]], tuple[LeftOut, ...]]:
    """Return the levels that the recipe asks for, and what has none and why."""
    levels: dict[str, tuple[Level, ...]] = {}
    refused: list[LeftOut] = []
    if recipe.overviews is None:
        return levels, ()
    for name, hypercube in hypercubes.items():
        if reason := _refusal(hypercube):
            refused.append(LeftOut(name, f"no overviews: {reason}"))
            continue
        levels[name] = tuple(_levels(name, hypercube, recipe, set(hypercubes)))
        dimensions = tuple(axis.name for axis in _spatial(hypercube))
        refused += [
            LeftOut(f"{name}/{variable.name}", "no overviews: its values have no mean")
            for variable in hypercube.variables
            if not _has_mean(variable, dimensions)
        ]
        if len(levels[name]) < recipe.overviews.levels:
            few = f"{len(levels[name])} of {recipe.overviews.levels} overviews"
            refused.append(LeftOut(name, f"{few}: the coarsest cannot be halved"))
    return levels, tuple(refused)


def attributes(levels: Levels) -> dict[str, Any]:
    """Return the attributes of the store's root that say what is a coarser level of what."""
    if not any(levels.values()):
        return {}
    layout: list[dict[str, Any]] = []
    for name, mine in levels.items():
        layout.append({"asset": name})
        for level in mine:
            scale = [float(level.factor)] * len(level.dimensions)
            transform = {"transform": {"scale": scale}}
            layout.append({"asset": level.group, "derived_from": level.source} | transform)
    return {
        "zarr_conventions": [CONVENTION],
        "multiscales": {"layout": layout, "resampling_method": "average"},
    }


def coarse_hypercubes(levels: Levels) -> dict[str, PlannedHypercube]:
    """Return the levels as hypercubes by their groups' names."""
    return {level.group: level.hypercube for level in chain(*levels.values())}


def _refusal(hypercube: PlannedHypercube) -> str:
    spatial = _spatial(hypercube)
    if coarser_healpix(hypercube) is not None or len(spatial) == ROWS_AND_COLUMNS:
        return ""
    if hypercube.grid.kind.startswith("reduced"):
        return (
            "rows of a reduced grid have lengths of their own, so that no four cells lie in a"
            " square; ask the provider for a regular or a HEALPix grid, or take `overviews` out"
            " of the recipe"
        )
    came = ", ".join(axis.name for axis in spatial) or "none"
    return (
        f"expected two spatial axes, or all the cells of a nested HEALPix grid, came {came} on a"
        f" {hypercube.grid.kind} grid; take `overviews` out of the recipe"
    )


def _levels(
    name: str, hypercube: PlannedHypercube, recipe: Recipe, taken: set[str]
) -> Iterator[Level]:
    source, finer = name, hypercube
    dimensions = tuple(axis.name for axis in _spatial(hypercube))
    factor = 2 if len(dimensions) == ROWS_AND_COLUMNS else HEALPIX_CHILDREN
    least = 2 if len(dimensions) == ROWS_AND_COLUMNS else HEALPIX_BASE_PIXELS + 1
    for number in range(1, recipe.overviews.levels + 1 if recipe.overviews else 0):
        if any(axis.size < least for axis in _spatial(finer)):
            return
        group = f"{name}_overview_{number}"
        while group in taken:
            group += "_"
        finer = _coarser(finer, dimensions, factor, recipe)
        yield Level(group, source, finer, dimensions, factor)
        source = group


def _coarser(
    finer: PlannedHypercube, dimensions: tuple[str, ...], factor: int, recipe: Recipe
) -> PlannedHypercube:
    healpix = coarser_healpix(finer)
    grid, coordinates = healpix or (
        replace(finer.grid, listed=()),
        coarser_coordinates(finer.coordinates, dimensions),
    )
    kept = [variable for variable in finer.variables if _has_mean(variable, dimensions)]
    there = {c.name for c in coordinates} | {v.name for v in (*grid.listed, *kept)}
    variables = tuple(
        _coarser_variable(finer, variable, dimensions, factor, recipe, there) for variable in kept
    )
    return replace(
        finer,
        axes=tuple(_coarser_axis(axis, dimensions, factor) for axis in finer.axes),
        grid=grid,
        coordinates=coordinates,
        variables=variables,
    )


def _coarser_variable(
    finer: PlannedHypercube,
    variable: PlannedVariable,
    dimensions: tuple[str, ...],
    factor: int,
    recipe: Recipe,
    there: set[str],
) -> PlannedVariable:
    """Return a variable of the next level, cut along the other axes as its source is."""
    shape = tuple(
        -(-size // factor) if name in dimensions else size
        for name, size in zip(variable.dimensions, variable.shape, strict=True)
    )
    tiling = tiling_of(finer, variable, recipe)
    chunks = tuple(map(min, tiling.chunks, shape))
    shards = tuple(
        -(-size // chunk) * chunk if name in dimensions else shard
        for name, size, chunk, shard in zip(
            variable.dimensions, shape, chunks, tiling.shards, strict=True
        )
    )
    cut = (chunks, shards if recipe.shards else chunks)
    told = _attributes(variable, dimensions, there)
    return replace(variable, shape=shape, attributes=told, cut=cut)


def _attributes(
    variable: PlannedVariable, dimensions: tuple[str, ...], there: set[str]
) -> dict[str, Any]:
    told = dict(variable.attributes)
    method = f"{': '.join(dimensions)}: mean"
    already = str(told.get("cell_methods", ""))
    if not already.endswith(method):
        told["cell_methods"] = f"{already} {method}".strip()
    for pointer in POINTERS:
        names = [name for name in str(told.pop(pointer, "")).split() if name in there]
        told |= {pointer: " ".join(names)} if names else {}
    return told


def _coarser_axis(axis: Axis, dimensions: tuple[str, ...], factor: int) -> Axis:
    return replace(axis, size=-(-axis.size // factor)) if axis.name in dimensions else axis


def _spatial(hypercube: PlannedHypercube) -> list[Axis]:
    return [axis for axis in hypercube.axes if axis.kind == "spatial"]


def _has_mean(variable: PlannedVariable, dimensions: tuple[str, ...]) -> bool:
    """Whether neighbours can be averaged: flags cannot, nor can directions (359 and 1 degrees)."""
    told = variable.attributes
    is_number = variable.dtype.kind in "iuf" and not FLAGS & told.keys()
    words = f"{told.get('standard_name')} {told.get('long_name')}".lower()
    is_direction = "direction" in words and str(told.get("units", "")).startswith("deg")
    return is_number and not is_direction and set(dimensions) <= set(variable.dimensions)
