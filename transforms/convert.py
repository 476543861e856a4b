"""Granules to one cube: plan over all of them, write, read back, seal."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import structlog

from lake.nouns import Cube, Hypercube, LeftOut, Variable
from transforms import accumulation, overviews, readback
from transforms.decoders.grib_decoder import GribDecoder
from transforms.decoders.netcdf_decoder import NetcdfDecoder
from transforms.decoders.protocol import Decoder
from transforms.errors import NothingToConvert, UnreadableGranule
from transforms.executors.protocol import Executor
from transforms.executors.threads import THREADS
from transforms.granules import LocalGranule
from transforms.grids.extent import union
from transforms.metrics import table
from transforms.names import group_names, tell_apart
from transforms.plans import Decoded, PlannedHypercube, PlannedVariable
from transforms.recipe import Precision, Recipe
from transforms.writers import zarr
from transforms.writers.target import Sealed, Target

HEAD_BYTES = 1 << 16
FIRST_TIME, LAST_TIME = np.datetime64("0001-01-01", "s"), np.datetime64("9999-12-31T23:59:59")
"""What a datetime can say; NaT is neither before nor after."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Conversion:
    """A cube, and the metrics of its fields (``transforms.metrics.COLUMNS``)."""

    cube: Cube
    metrics: pd.DataFrame


def convert(
    granules: Sequence[LocalGranule],
    recipe: Recipe,
    into: str,
    options: Mapping[str, Any] | None = None,
    executor: Executor = THREADS,
    planned: Callable[[], object] = lambda: None,
) -> Conversion:
    """Convert granules into one Zarr store at ``into``, a directory or a URL.

    The store is written, read back and compared before this returns; the caller moves or refers
    to it only then. ``options`` go to fsspec; ``planned`` is called once it is known what the
    granules hold. The same granules give the same bytes, whoever carries out the plan.

    Raises:
        UnreadableGranule: a granule is not what it claims, truncated or corrupt.
        UnsupportedGrid: no field lies on a grid that a cube can keep.
        NothingToConvert: no variable is left to write.
        TargetOccupied: something else lies at ``into``.
        ExecutorUnavailable: there is nobody to carry out the plan, or they lack what it takes.
        ConverterDied: who carried it out was ended from outside.
        ReadBackMismatch: the store does not hold the source's values.
    """
    ordered = sorted(granules, key=lambda g: (g.granule.part, g.granule.digest))
    decoded = _plan(ordered)
    planned()
    kept, dropped = _kept(decoded, recipe)
    hypercubes, unchanged = accumulation.deaccumulated(kept, recipe)
    levels, refused = overviews.planned(hypercubes, recipe)
    plan = zarr.StorePlan(hypercubes, recipe, Target(into, options or {}), levels)
    zarr.begin(plan)
    written = list(executor.run(plan))
    sealed = zarr.finish(plan, written)
    readback.check(plan)
    metrics = table(row for one in written for row in one.rows)
    said = (*dropped, *unchanged, *refused, *accumulation.remarks(hypercubes, metrics))
    cube = _cube(plan, decoded, said, sealed)
    log.info("cube was written", location=into, groups=len(hypercubes), size=cube.size)
    return Conversion(cube, metrics)


def _plan(granules: Sequence[LocalGranule]) -> Decoded:
    """Let each decoder plan over all the granules that it claims."""
    threads = os.cpu_count() or 1
    decoders: tuple[Decoder, ...] = (NetcdfDecoder(threads), GribDecoder())
    claimed: dict[Decoder, list[LocalGranule]] = {decoder: [] for decoder in decoders}
    for granule in granules:
        claimed[_decoder(granule, decoders)].append(granule)
    plans = [decoder.plan(mine) for decoder, mine in claimed.items() if mine]
    return Decoded(
        tuple(hypercube for plan in plans for hypercube in plan.hypercubes),
        sum(plan.fields_read for plan in plans),
        tuple(left for plan in plans for left in plan.left_out),
        tuple(remark for plan in plans for remark in plan.remarks),
    )


def _decoder(granule: LocalGranule, decoders: Sequence[Decoder]) -> Decoder:
    with granule.path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    found = next((decoder for decoder in decoders if decoder.claims(head)), None)
    if found is None:
        came = f"a file that begins with {head[:16]!r}" if head else "an empty file"
        raise UnreadableGranule(
            f"expected GRIB or NetCDF in {granule.label} ({granule.media_type}), came {came};"
            " fetch the granule again, or correct what the provider calls it"
        )
    return found


def _kept(
    decoded: Decoded, recipe: Recipe
) -> tuple[dict[str, PlannedHypercube], tuple[LeftOut, ...]]:
    """Return what the recipe keeps, by group name, and what it does not keep.

    Groups are named before anything is dropped, so that a recipe does not rename them.
    """
    wished = [hypercube.name for hypercube in decoded.hypercubes]
    # Coarser levels lie beside the full resolution, so that none is at the root
    names = tell_apart(wished) if recipe.overviews else group_names(wished)
    kept: dict[str, PlannedHypercube] = {}
    dropped: list[LeftOut] = []
    wanted = set(recipe.variables)
    found = {
        alias
        for hypercube in decoded.hypercubes
        for variable in hypercube.variables
        for alias in (variable.name, *variable.aliases)
    }
    dropped += [
        LeftOut(name, "missing: the recipe keeps this variable, the granules do not have it")
        for name in sorted(wanted - found)
    ]
    for name, hypercube in zip(names, decoded.hypercubes, strict=True):
        chosen = []
        for variable in hypercube.variables:
            if not wanted or wanted & {variable.name, *variable.aliases}:
                chosen.append(replace(variable, dtype=_written_dtype(variable, recipe)))
                continue
            where = f"{name}/{variable.name}".lstrip("/")
            dropped.append(LeftOut(where, "the recipe does not keep this variable"))
        if chosen or not hypercube.variables:
            kept[name] = replace(hypercube, variables=tuple(chosen))
    if not any(hypercube.variables for hypercube in kept.values()):
        raise NothingToConvert(
            f"expected {' or '.join(recipe.variables) or 'a variable'} in the granules, came none;"
            " correct the recipe's variables or the query"
        )
    return kept, tuple(dropped)


def _written_dtype(variable: PlannedVariable, recipe: Recipe) -> np.dtype[Any]:
    if variable.dtype.kind != "f" or recipe.precision is Precision.AUTO:
        return variable.dtype
    return np.dtype(recipe.precision.value)


def _cube(plan: zarr.StorePlan, decoded: Decoded, said: Sequence[LeftOut], sealed: Sealed) -> Cube:
    hypercubes = plan.hypercubes
    start, end = _span(hypercubes.values())
    gaps = [
        LeftOut(f"{name}/{variable.name}".lstrip("/"), variable.missing)
        for name, hypercube in hypercubes.items()
        for variable in hypercube.variables
        if variable.missing
    ]
    return Cube(
        location=plan.target.location,
        digest=sealed.digest,
        size=sealed.size,
        hypercubes=tuple(
            _hypercube(name, hypercube, plan.overviews.get(name, ()))
            for name, hypercube in hypercubes.items()
        ),
        start=start,
        end=end,
        bbox=union([hypercube.grid.bbox for hypercube in hypercubes.values()]),
        fields_read=decoded.fields_read,
        fields_written=sum(
            hypercube.coordinate_fields + sum(v.fields for v in hypercube.variables)
            for hypercube in hypercubes.values()
        ),
        left_out=(*decoded.left_out, *decoded.remarks, *said, *gaps),
    )


def _hypercube(
    name: str, hypercube: PlannedHypercube, levels: Sequence[overviews.Level]
) -> Hypercube:
    return Hypercube(
        group=name,
        axes=hypercube.axes,
        variables=tuple(
            Variable(
                name=variable.name,
                dimensions=variable.dimensions,
                shape=variable.shape,
                dtype=str(variable.dtype),
                unit=variable.attributes.get("units"),
                standard_name=variable.attributes.get("standard_name"),
                long_name=variable.attributes.get("long_name"),
            )
            for variable in hypercube.variables
        ),
        grid=hypercube.grid.kind,
        grid_mapping={k: v for k, v in hypercube.grid.mapping.items() if not isinstance(v, list)},
        overviews=tuple(level.group for level in levels),
    )


def _span(hypercubes: Iterable[PlannedHypercube]) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last valid time; None where no time is known."""
    labels = [h.time.values.ravel() for h in hypercubes if h.time is not None]
    times = np.concatenate(labels) if labels else np.array([], "datetime64[s]")
    times = times[(times >= FIRST_TIME) & (times <= LAST_TIME)]
    if not times.size:
        return None, None
    first, last = times.min().item(), times.max().item()
    return first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)
