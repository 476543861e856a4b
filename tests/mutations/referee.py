"""What the libraries themselves make of a file, asked in another process than the converter's.

A bit that was flipped within packed data gives other data, and nothing in the file can tell. All
that can be known is whether the cube holds what ecCodes or netCDF4 decodes.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import eccodes
import netCDF4
import numpy as np
import pandas as pd

Sum = tuple[int, int, float, float]
"""Values, missing ones among them, and the least and the greatest of the others, as float32."""
EMPTY = float("inf"), float("-inf")


def expected(path: Path) -> Counter[Sum]:
    """Return the sum of every field (GRIB) or variable (NetCDF) that the library decodes."""
    is_netcdf = path.suffix == ".nc"
    return Counter(_variables(path) if is_netcdf else _messages(path))


def found(metrics: pd.DataFrame, *, is_netcdf: bool) -> Counter[Sum]:
    """Return the sums of the metrics of a conversion; those of NetCDF for whole variables."""
    if not is_netcdf:
        rows = zip(*(metrics[c] for c in ("count", "missing", "minimum", "maximum")), strict=True)
        return Counter(_sum(*row) for row in rows)
    groups = metrics.groupby(["group", "variable"], dropna=False)
    return Counter(
        _sum(rows["count"].sum(), rows["missing"].sum(), rows.minimum.min(), rows.maximum.max())
        for _, rows in groups
    )


def _sum(count: int, missing: int, least: float, greatest: float) -> Sum:
    if count == missing:
        return int(count), int(missing), *EMPTY
    with np.errstate(over="ignore"):
        return int(count), int(missing), float(np.float32(least)), float(np.float32(greatest))


def _messages(path: Path) -> Iterator[Sum]:
    eccodes.codes_grib_multi_support_on()
    with path.open("rb") as file:
        while (handle := eccodes.codes_grib_new_from_file(file)) is not None:
            eccodes.codes_set(handle, "missingValue", 1e300)
            values = eccodes.codes_get_array(handle, "values")
            there = values[(values != 1e300) & ~np.isnan(values)]
            limits = (there.min(), there.max()) if there.size else EMPTY
            yield _sum(values.size, values.size - there.size, *limits)
            eccodes.codes_release(handle)


def _variables(path: Path) -> Iterator[Sum]:
    with netCDF4.Dataset(path) as file:
        yield from _group(file)


def _group(group: netCDF4.Dataset | netCDF4.Group) -> Iterator[Sum]:
    for variable in group.variables.values():
        if getattr(variable.dtype, "kind", "O") in "iuf" and variable.size:
            yield _variable(variable)
    for child in group.groups.values():
        yield from _group(child)


def _variable(variable: netCDF4.Variable) -> Sum:
    values = variable[...]
    there = np.ma.compressed(values)
    there = there[~np.isnan(there)] if there.dtype.kind == "f" else there
    limits = (there.min(), there.max()) if there.size else EMPTY
    return _sum(values.size, values.size - there.size, *limits)
