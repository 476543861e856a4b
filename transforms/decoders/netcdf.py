"""NetCDF 3 and 4, and HDF5 that follows its conventions: the only door to the NetCDF library.

The library is not safe for threads, so one lock is held around it.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from transforms.decoders.netcdf_encoding import VALID_RANGE, Encoding, encoding_of
from transforms.errors import UnreadableGranule
from transforms.plans import Attributes, Region, Values

LOCK = threading.RLock()
ENCODING = frozenset(
    {"_FillValue", "missing_value", "scale_factor", "add_offset", "_Unsigned", "_Encoding"}
)
"""Attributes that say how values are stored, and that no longer hold once they are decoded."""
UNPACKING = frozenset({"scale_factor", "add_offset"})


@dataclass(frozen=True, slots=True)
class Stored:
    """One variable of a file, described but not read; words have no ``encoding``."""

    group: str
    name: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    held: np.dtype[Any]
    encoding: Encoding | None
    attributes: Attributes
    refusal: str = ""

    @property
    def is_text(self) -> bool:
        """Whether the values are words."""
        return self.encoding is None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values that are kept."""
        return self.held if self.encoding is None else self.encoding.dtype

    @property
    def fill_value(self) -> float | int | str | None:
        """What stands for a missing value; None where there can be none."""
        return "" if self.encoding is None else self.encoding.fill

    def unpacked(self) -> "Stored":
        """Return the same variable with values in physical units, whatever holds them."""
        if self.encoding is None or not self.encoding.is_kept:
            return self
        attributes = {k: v for k, v in self.attributes.items() if k not in UNPACKING}
        return replace(self, encoding=self.encoding.unpacked(), attributes=attributes)


@dataclass(frozen=True, slots=True)
class StoredGroup:
    """One group of a file with variables of its own, and the coordinates that it inherits."""

    path: str
    variables: tuple[Stored, ...]
    inherited: tuple[Stored, ...]
    attributes: Attributes

    def unpacked(self, names: frozenset[str]) -> "StoredGroup":
        """Return the same group with the values of some variables in physical units."""
        variables = (v.unpacked() if v.name in names else v for v in self.variables)
        return replace(self, variables=tuple(variables))


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


def read(path: Path, label: str, variable: Stored, region: Region) -> Values:
    """Return the values of a region as the library reads them.

    Raises:
        UnreadableGranule: the library cannot open the file, or read what is asked of it.
    """
    with opened(path, label) as dataset:
        group = dataset if variable.group == "/" else dataset[variable.group]
        source = group.variables[variable.name]
        source.set_auto_maskandscale(False)
        source.set_auto_chartostring(False)
        found = source[region] if region else source[...]
    if variable.encoding is not None:
        return variable.encoding.decoded(np.array(found))
    if variable.held.kind == "S":
        letters = netCDF4.chartostring(found, encoding="bytes")
        return np.char.decode(letters, "utf-8", "replace")
    return np.asarray(found).astype(str)


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
    held = np.dtype(object) if variable.dtype is str else np.dtype(variable.dtype)
    if isinstance(kind, (netCDF4.CompoundType, netCDF4.VLType)):
        refusal = "values of a compound or ragged type have no place in an array of numbers"
    elif held.kind not in "iufSO":
        refusal = f"values of type {held} cannot be kept"
    is_number = not refusal and held.kind in "iuf"
    encoding = encoding_of(variable) if is_number else None
    dimensions, shape = variable.dimensions, variable.shape
    if held.kind == "S" and dimensions:  # characters: the last dimension is the word
        dimensions, shape = dimensions[:-1], shape[:-1]
    return Stored(
        group=group.path,
        name=variable.name,
        dimensions=dimensions,
        shape=shape,
        held=held.newbyteorder("="),
        encoding=encoding,
        attributes=_described(variable, encoding),
        refusal=refusal,
    )


def _described(variable: Any, encoding: Encoding | None) -> dict[str, Any]:  # noqa: ANN401
    """Return the attributes that hold for the values that are kept."""
    attributes = _attributes(variable, ENCODING)
    if isinstance(variable.datatype, netCDF4.EnumType):
        flags = sorted(variable.datatype.enum_dict.items(), key=lambda item: item[1])
        attributes["flag_values"] = [int(value) for _, value in flags]
        attributes["flag_meanings"] = " ".join(name for name, _ in flags)
    if encoding is None:
        return attributes
    if encoding.is_kept:
        pair = {"scale_factor": encoding.scale, "add_offset": encoding.offset}
        attributes |= {name: _json(number) for name, number in pair.items() if number is not None}
    if encoding.is_packed:
        attributes = {k: v for k, v in attributes.items() if k not in VALID_RANGE}
    return attributes


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
