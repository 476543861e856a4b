"""A group of an item's cube as the growing cube takes it: values along time, and all the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from lake.nouns import Axis, Hypercube
from transforms.errors import DoesNotFit
from transforms.growth.time_axis import Places, TimeAxis
from transforms.recipe import Recipe
from transforms.writers.target import Target

TIMES_OF_A_STEP = frozenset({"forecast_reference_time", "forecast_period", "time"})
"""CF names of what may differ from step to step, though one item has a single value of it."""
WIDEST_INTEGER_BYTES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One group: ``fields`` lie along the axis ``growing``, at ``places``; ``fixed`` do not."""

    group: str
    is_healpix: bool
    axes: Mapping[str, Axis]
    growing: str
    places: Places
    fields: Mapping[str, xr.Variable]
    fixed: Mapping[str, xr.Variable]
    attributes: Mapping[str, Any]
    time_attributes: Mapping[str, Any]


def parts(hypercubes: Sequence[Hypercube], cube: Target, recipe: Recipe) -> tuple[Part, ...]:
    """Return the groups of an item's cube; values are read when they are copied.

    Raises:
        DoesNotFit: a group's times are not on the recipe's axis, or it holds what is no number.
    """
    axis = TimeAxis.of(recipe)
    return tuple(_part(hypercube, cube, axis) for hypercube in hypercubes)


def _part(hypercube: Hypercube, cube: Target, axis: TimeAxis) -> Part:
    dataset = xr.open_zarr(
        cube.location,
        storage_options=dict(cube.options) or None,
        group=hypercube.group or None,
        chunks=None,
        decode_coords=False,
        decode_timedelta=False,
    )
    where = hypercube.group or "/"
    growing = next((a.name for a in hypercube.axes if a.kind == "time"), None)
    times = dataset.variables.get(growing) if growing else None
    if growing is None or times is None or times.dtype.kind != "M":
        raise DoesNotFit(
            f"expected group {where} to have a time axis of the standard calendar, came "
            f"{growing or 'none'}; keep it out by `recipe.variables`, or let the item stay outside"
        )
    found = {n: v for n, v in dataset.variables.items() if n != growing}
    fields = {n: v for n, v in found.items() if growing in v.dims}
    single = {n: v for n, v in found.items() if not v.dims and _is_of_a_step(v)}
    fields |= {n: v.set_dims({growing: times.size}) for n, v in single.items()}
    for name, field in fields.items():
        _require_number(f"{hypercube.group}/{name}".lstrip("/"), field.dtype)
    return Part(
        group=hypercube.group,
        is_healpix=hypercube.grid == "healpix",
        axes={a.name: a for a in hypercube.axes},
        growing=growing,
        places=axis.places(times.to_numpy()),
        fields={str(n): v for n, v in fields.items()},
        fixed={str(n): v for n, v in found.items() if n not in fields},
        attributes=dataset.attrs,
        time_attributes=times.attrs,
    )


def _is_of_a_step(variable: xr.Variable) -> bool:
    return variable.attrs.get("standard_name") in TIMES_OF_A_STEP


def _require_number(name: str, dtype: np.dtype[Any]) -> None:
    """Refuse what could not be told from a step that is not there, which reads as NaN."""
    is_small = dtype.itemsize <= WIDEST_INTEGER_BYTES
    if dtype.kind in "fM" or (dtype.kind in "iub" and is_small):
        return
    raise DoesNotFit(
        f"expected numbers that a float can hold in {name}, came {dtype}; keep it out by "
        "`recipe.variables`, or let the item stay outside"
    )
