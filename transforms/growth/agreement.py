"""Whether an item's cube has the structure of the growing one: all but time is fixed by now."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray

from transforms.errors import DoesNotFit
from transforms.growth import structure
from transforms.growth.part import Part
from transforms.growth.time_axis import TimeAxis

MEANING = ("units", "standard_name", "cell_methods", "positive", "statistical_period")
"""The attributes without which a number cannot be read."""
MAPPING = "grid_mapping_name"


def check(root: zarr.Group, part: Part, axis: TimeAxis) -> None:
    """See that a part has the structure that is there; a group or a field may be new.

    Raises:
        DoesNotFit: its axes other than time, its grid, or what its numbers mean are others; or
            the recipe's ``axis`` is not the one that the cube was laid out by.
    """
    is_at_root = structure.ITEM in root
    if is_at_root == bool(part.group) and (is_at_root or set(root.group_keys())):
        found = "one group at its root" if is_at_root else "several groups"
        raise _unlike("hypercubes", found, f"group {part.group or '/'}")
    group = structure.groups(root).get(part.group)
    if group is None:
        return
    if structure.growing_axis(group) != part.growing:
        raise _unlike("time axis", structure.growing_axis(group), part.growing)
    labels = np.asarray(structure.array(group, part.growing)[...])
    if not np.array_equal(labels, axis.labels(labels.size)):
        there = _told(labels.astype("datetime64[s]"))
        raise DoesNotFit(
            f"expected the times of the growing cube, {there}, came `recipe.growth` from "
            f"{axis.growth.start.isoformat()} in steps of {axis.growth.step}; write back what it "
            "was, only `end` may be moved"
        )
    _check_fixed(group, part)
    kept = structure.fields(group)
    for name in sorted(set(kept) & set(part.fields)):
        _check_field(_place(part, name), kept[name], part.fields[name])


def _check_fixed(group: zarr.Group, part: Part) -> None:
    there = structure.fixed(group)
    if set(there) != set(part.fixed):
        kept, came = (", ".join(sorted(names)) for names in (there, part.fixed))
        raise _unlike(f"what does not change with time in {part.group or '/'}", kept, came)
    for name, variable in part.fixed.items():
        values, stored = structure.encoded(variable.to_numpy()), np.asarray(there[name][...])
        if not _is_same(stored, values):
            raise _unlike(_place(part, name), _told(stored), _told(values))
        told = variable.attrs if MAPPING in variable.attrs else MEANING
        _check_meaning(_place(part, name), there[name].attrs.asdict(), variable.attrs, told)


def _check_field(where: str, there: zarr.Array[Any], came: xr.Variable) -> None:
    names = tuple(str(dimension) for dimension in came.dims)
    if structure.dimensions(there) != names:
        raise _unlike(f"dimensions of {where}", structure.dimensions(there), names)
    dtype = structure.stored_dtype(came.dtype)
    if not np.can_cast(dtype, there.dtype, "safe"):
        raise _unlike(f"type of {where}", there.dtype, dtype)
    if came.dtype.kind != "M":
        _check_meaning(where, there.attrs.asdict(), came.attrs, MEANING)


def _check_meaning(
    where: str, there: Mapping[str, Any], came: Mapping[str, Any], keys: Iterable[str]
) -> None:
    for key in keys:
        if there.get(key) != came.get(key):
            raise _unlike(f"{key} of {where}", there.get(key), came.get(key))


def _place(part: Part, name: str) -> str:
    return f"{part.group}/{name}".lstrip("/")


def _is_same(there: NDArray[Any], came: NDArray[Any]) -> bool:
    is_float = there.dtype.kind == came.dtype.kind == "f"
    return there.shape == came.shape and np.array_equal(there, came, equal_nan=is_float)


def _told(values: NDArray[Any]) -> str:
    flat = values.ravel()
    if not flat.size:
        return "nothing"
    return str(flat[0]) if flat.size == 1 else f"{flat.size} from {flat[0]} to {flat[-1]}"


def _unlike(what: str, there: object, came: object) -> DoesNotFit:
    return DoesNotFit(
        f"{what}: expected {there}, as in the growing cube, came {came}; the item's own cube "
        "holds its data, and what is cut otherwise belongs into another collection"
    )
