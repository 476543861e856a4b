"""The structure of a growing cube: groups along time, sized ahead, made of the first item's."""

from typing import Any

import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray

from lake.nouns import Axis
from transforms.growth.part import Part
from transforms.growth.time_axis import Places
from transforms.recipe import Recipe
from transforms.tiling import Tiling, tile
from transforms.timelines import EPOCH
from transforms.writers.codecs import encoder

ITEM = "item"
"""The coordinate that says for each step which item revision it is of; "" where none is yet."""
ITEM_ATTRIBUTES: dict[str, Any] = {
    "long_name": "item@revision that the step is of; empty where it is not there"
}
LABELS_PER_CHUNK = 8192
NO_TIME = int(np.iinfo(np.int64).min)


def groups(root: zarr.Group) -> dict[str, zarr.Group]:
    """Return the groups that grow, by name; the root is ""."""
    return {"": root} if ITEM in root else dict(root.groups())


def growing_axis(group: zarr.Group) -> str:
    """Return the name of the axis along which a group grows."""
    return dimensions(array(group, ITEM))[0]


def fields(group: zarr.Group) -> dict[str, zarr.Array[Any]]:
    """Return the arrays that items are copied into, by name."""
    growing = growing_axis(group)
    along = {n: a for n, a in group.arrays() if growing in dimensions(a)}
    return {name: a for name, a in along.items() if name not in {growing, ITEM}}


def fixed(group: zarr.Group) -> dict[str, zarr.Array[Any]]:
    """Return the arrays that do not change with time, by name."""
    growing = growing_axis(group)
    return {name: a for name, a in group.arrays() if growing not in dimensions(a)}


def array(group: zarr.Group, name: str) -> zarr.Array[Any]:
    """Return an array of a group."""
    found = group[name]
    if not isinstance(found, zarr.Array):
        raise TypeError(f"expected an array named {name} in {group.path or '/'}, came a group")
    return found


def dimensions(of: zarr.Array[Any]) -> tuple[str, ...]:
    """Return the names of an array's dimensions."""
    named = getattr(of.metadata, "dimension_names", None) or ()
    return tuple(str(name) for name in named)


def stored_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type of a field: a float, since NaN says that a step is not there."""
    if dtype.kind == "M":
        return np.dtype(np.int64)
    return dtype if dtype.kind == "f" else np.result_type(dtype, np.float32)


def encoded(values: NDArray[Any]) -> NDArray[Any]:
    """Return values as they are stored: times as seconds since 1970, text as objects."""
    if values.dtype.kind == "M":
        seconds = values.astype("datetime64[s]").astype(np.int64)
        return np.where(np.isnat(values), NO_TIME, seconds)
    return values.astype(str).astype(object) if values.dtype.kind in "OUT" else values


def make(root: zarr.Group, part: Part, labels: Places, recipe: Recipe) -> None:
    """Make the group and the arrays of a part that are not there yet; no step is there then."""
    group = groups(root).get(part.group)
    if group is None:
        group = _made(root, part, labels)
    there = set(group.array_keys())
    for name, field in part.fields.items():
        if name not in there:
            _make_field(group, part, name, field, recipe)


def lengthen(group: zarr.Group, labels: Places) -> None:
    """Make the time axis of a group as long as ``labels``."""
    growing = growing_axis(group)
    for _, along in group.arrays():
        if growing in dimensions(along):
            shape = list(along.shape)
            shape[dimensions(along).index(growing)] = labels.size
            along.resize(tuple(shape))
    array(group, growing)[...] = labels


def _made(root: zarr.Group, part: Part, labels: Places) -> zarr.Group:
    group = root.create_group(part.group) if part.group else root
    # xarray reads this attribute of a group as the names of further coordinates
    further = f"{part.attributes.get('coordinates', '')} {ITEM}".strip()
    group.update_attributes({**part.attributes, "coordinates": further})
    for name, values in part.fixed.items():
        _write_fixed(group, name, values)
    group.create_array(
        part.growing,
        shape=labels.shape,
        chunks=(min(labels.size, LABELS_PER_CHUNK),),
        dtype=np.int64,
        fill_value=0,
        dimension_names=(part.growing,),
        attributes={**part.time_attributes, **EPOCH},
    )[...] = labels
    group.create_array(
        ITEM,
        shape=labels.shape,
        chunks=(min(labels.size, LABELS_PER_CHUNK),),
        dtype=str,
        fill_value="",
        dimension_names=(part.growing,),
        attributes=ITEM_ATTRIBUTES,
    )
    return group


def _write_fixed(group: zarr.Group, name: str, variable: xr.Variable) -> None:
    values = encoded(variable.to_numpy())
    is_time, is_text = variable.dtype.kind == "M", values.dtype.kind == "O"
    group.create_array(
        name,
        shape=values.shape,
        chunks=values.shape,
        dtype=str if is_text else values.dtype,
        fill_value="" if is_text else _nothing(values.dtype),
        dimension_names=[str(d) for d in variable.dims],
        attributes={**variable.attrs, **(EPOCH if is_time else {})},
    )[...] = values


def _make_field(
    group: zarr.Group, part: Part, name: str, field: xr.Variable, recipe: Recipe
) -> None:
    names = [str(dimension) for dimension in field.dims]
    sizes = dict(zip(names, field.shape, strict=True))
    sizes[part.growing] = array(group, part.growing).shape[0]
    dtype, is_time = stored_dtype(field.dtype), field.dtype.kind == "M"
    cut = _tiling([_axis(part, n, size) for n, size in sizes.items()], dtype, part, recipe)
    fill = NO_TIME if is_time else _nothing(dtype)
    group.create_array(
        name,
        shape=tuple(sizes.values()),
        chunks=cut.chunks,
        shards=cut.shards if cut.is_sharded else None,
        dtype=dtype,
        fill_value=fill,
        dimension_names=names,
        attributes={**field.attrs, **(EPOCH | {"_FillValue": fill} if is_time else {})},
        **encoder(recipe.codec, dtype).metadata(),
    )


def _tiling(axes: list[Axis], dtype: np.dtype[Any], part: Part, recipe: Recipe) -> Tiling:
    if len(axes) == 1:
        labels = (min(axes[0].size, LABELS_PER_CHUNK),)
        return Tiling(labels, labels)
    wanted = recipe.growth.chunks if recipe.growth and recipe.growth.chunks else recipe.chunks
    here = recipe.model_copy(update={"chunks": wanted})
    return tile(axes, dtype.itemsize, here, is_healpix=part.is_healpix)


def _axis(part: Part, name: str, size: int) -> Axis:
    known = part.axes.get(name)
    return Axis(name, known.kind if known else "other", size)


def _nothing(dtype: np.dtype[Any]) -> float:
    return float("nan") if dtype.kind == "f" else 0
