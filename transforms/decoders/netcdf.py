"""NetCDF 3 and 4, and HDF5 that follows its conventions: the only door to the NetCDF library.

The library is not safe for threads, so one lock is held around it; files are opened anew for each
slab, so that readers carry nothing but a path.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from transforms.errors import UnreadableGranule
from transforms.fields import Packing
from transforms.plans import Attributes, Region, Values

LOCK = threading.RLock()
ENCODING = frozenset(
    {"_FillValue", "missing_value", "scale_factor", "add_offset", "_Unsigned", "_Encoding"}
)
"""Attributes that say how values are stored, and that no longer hold once they are decoded."""
VALID_RANGE = frozenset({"valid_min", "valid_max", "valid_range"})


@dataclass(frozen=True, slots=True)
class Stored:
    """One variable of a file, described but not read.

    ``fill_value`` stands for a missing value; None where values are whole numbers and none of
    them is missing.
    """

    group: str
    name: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    attributes: Attributes
    fill_value: float | int | str | None
    refusal: str = ""

    @property
    def is_text(self) -> bool:
        """Whether the values are words."""
        return self.dtype.kind in {"U", "S", "O", "T"}


@dataclass(frozen=True, slots=True)
class StoredGroup:
    """One group of a file with variables of its own, and the coordinates that it inherits."""

    path: str
    variables: tuple[Stored, ...]
    inherited: tuple[Stored, ...]
    attributes: Attributes


class NetcdfSlabs:
    """Reads one variable as the NetCDF library decodes it: unpacked, missing values filled."""

    def __init__(self, path: Path, label: str, variable: Stored) -> None:
        self._path = path
        self._label = label
        self._variable = variable

    def read(self, region: Region, out: Values) -> None:
        """Read a region; see ``SlabReader``."""
        with opened(self._path, self._label) as dataset:
            out[...] = _values(dataset, self._variable, region)


@contextmanager
def opened(path: Path, label: str) -> Iterator[Any]:
    """Open a file for as long as the context lasts; ``label`` names it in errors.

    Raises:
        UnreadableGranule: the library cannot open the file, or read what is asked of it.
    """
    with LOCK, warnings.catch_warnings():
        # The library warns of fill values that do not fit their type, and then ignores them
        warnings.simplefilter("ignore")
        try:
            with netCDF4.Dataset(path) as dataset:
                yield dataset
        except (OSError, RuntimeError, ValueError, IndexError) as error:
            raise UnreadableGranule(
                f"expected NetCDF in {label}, came {error}; fetch the granule again"
            ) from error


def groups(dataset: Any) -> Iterator[StoredGroup]:  # noqa: ANN401 - the library has no types
    """Yield every group that has variables, parents before children."""
    own = tuple(_stored(dataset, variable) for variable in dataset.variables.values())
    if own:
        names = {d for variable in own for d in variable.dimensions} - {v.name for v in own}
        inherited = tuple(_inherited(dataset.parent, names))
        yield StoredGroup(dataset.path, own, inherited, _attributes(dataset, frozenset()))
    for child in dataset.groups.values():
        yield from groups(child)


def read_whole(path: Path, label: str, variable: Stored) -> Values:
    """Return all values of a small variable."""
    with opened(path, label) as dataset:
        return _values(dataset, variable, tuple(slice(0, size) for size in variable.shape))


def _inherited(group: Any, names: set[str]) -> Iterator[Stored]:  # noqa: ANN401 - no types
    """Yield the coordinates of dimensions that stand in a parent."""
    while group is not None and names:
        for name in sorted(names & set(group.variables)):
            yield _stored(group, group.variables[name])
            names.discard(name)
        group = group.parent


def _stored(group: Any, variable: Any) -> Stored:  # noqa: ANN401 - no types
    kind = variable.datatype
    refusal = ""
    dtype = np.dtype(object) if variable.dtype is str else np.dtype(variable.dtype)
    if isinstance(kind, (netCDF4.CompoundType, netCDF4.VLType)):
        refusal = "values of a compound or ragged type have no place in an array of numbers"
    elif dtype.kind not in "iufSO":
        refusal = f"values of type {dtype} cannot be kept"
    attributes = _attributes(variable, ENCODING)
    if isinstance(kind, netCDF4.EnumType):
        flags = sorted(kind.enum_dict.items(), key=lambda item: item[1])
        attributes["flag_values"] = [int(value) for _, value in flags]
        attributes["flag_meanings"] = " ".join(name for name, _ in flags)
    dimensions, shape = variable.dimensions, variable.shape
    if dtype.kind == "S" and dimensions:  # characters: the last dimension is the word
        dimensions, shape = dimensions[:-1], shape[:-1]
    is_packed = {"scale_factor", "add_offset"} & set(variable.ncattrs())
    if is_packed and dtype.kind in "iuf":
        dtype, attributes = _unpacked(variable), _without(attributes, VALID_RANGE)
    return Stored(
        group=group.path,
        name=variable.name,
        dimensions=dimensions,
        shape=shape,
        dtype=dtype.newbyteorder("="),
        attributes=attributes,
        fill_value=_fill_value(variable, dtype),
        refusal=refusal,
    )


def _unpacked(variable: Any) -> np.dtype[Any]:  # noqa: ANN401 - no types
    """Return the smallest float that keeps neighbouring packed numbers apart."""
    scale = float(getattr(variable, "scale_factor", 1.0))
    offset = float(getattr(variable, "add_offset", 0.0))
    if variable.dtype.kind == "f":
        return np.dtype("float64")
    limits = np.iinfo(variable.dtype)
    peak = max(abs(float(raw) * scale + offset) for raw in (limits.min, limits.max))
    return Packing(abs(scale), peak).dtype


def _fill_value(variable: Any, dtype: np.dtype[Any]) -> float | int | str | None:  # noqa: ANN401
    if dtype.kind == "f":
        return float("nan")
    if dtype.kind not in "iu":
        return ""
    for name in ("_FillValue", "missing_value"):
        given = getattr(variable, name, None)
        if (
            given is not None
            and np.ndim(given) == 0
            and np.can_cast(np.min_scalar_type(given), dtype)
        ):
            return int(given)
    if VALID_RANGE & set(variable.ncattrs()):
        return int(netCDF4.default_fillvals[dtype.str[1:]])
    return None


def _values(dataset: Any, variable: Stored, region: Region) -> Values:  # noqa: ANN401 - no types
    group = dataset if variable.group == "/" else dataset[variable.group]
    source = group.variables[variable.name]
    if variable.is_text:
        source.set_auto_chartostring(False)
        raw = source[region] if region else source[...]
        words = netCDF4.chartostring(raw) if variable.dtype.kind == "S" else raw
        return np.asarray(words).astype(str)
    source.set_auto_mask(variable.fill_value is not None)
    found = source[region] if region else source[...]
    if np.ma.isMaskedArray(found):
        return np.ma.filled(found.astype(variable.dtype), variable.fill_value)
    return np.asarray(found).astype(variable.dtype)


def _without(attributes: Attributes, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name not in names}


def _attributes(thing: Any, left: frozenset[str]) -> dict[str, Any]:  # noqa: ANN401 - no types
    names = [name for name in thing.ncattrs() if name not in left and name != "_NCProperties"]
    return {name: _json(thing.getncattr(name)) for name in names}


def _json(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return an attribute as JSON has it; numbers that JSON does not have become words."""
    if isinstance(value, np.ndarray):
        return [_json(item) for item in value.tolist()]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value.decode(errors="replace") if isinstance(value, bytes) else value
