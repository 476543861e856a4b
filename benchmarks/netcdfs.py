"""NetCDF files as archives and models hand them out: hourly fields on a quarter of a degree."""

from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from benchmarks.gribs import START, Values, power_law

ROWS, COLUMNS = 721, 1440
NAMES = ("t2m", "d2m", "msl", "u10")
PACKING_STEP = 12.0 / 6000


@dataclass(frozen=True, slots=True)
class Case:
    """One file of four variables: packed in 16 bits or as floats; deflated or in one piece."""

    name: str
    is_packed: bool
    hours: int = 24
    is_deflated: bool = True


CASES = {
    case.name: case
    for case in (
        Case("nc_f32", is_packed=False),
        Case("nc_i16", is_packed=True),
        Case("nc_plain", is_packed=False, is_deflated=False),
    )
}


def netcdf(folder: Path, case: Case) -> Path:
    """Return the file of a case, made if it is not there yet."""
    path = folder / f"{case.name}.nc"
    if path.exists():
        return path
    part = path.with_suffix(".part")
    with netCDF4.Dataset(part, "w") as file:
        axes = {
            "time": (np.arange(case.hours), f"hours since {START:%Y-%m-%d}"),
            "latitude": (np.linspace(90, -90, ROWS), "degrees_north"),
            "longitude": (np.arange(COLUMNS) * 0.25, "degrees_east"),
        }
        for name, (values, units) in axes.items():
            file.createDimension(name, values.size)
            file.createVariable(name, "f8", (name,)).setncatts({"units": units})
            file[name][:] = values
        for seed, name in enumerate(NAMES):
            _fill(file, case, name, seed)
    part.rename(path)
    return path


def _fill(file: netCDF4.Dataset, case: Case, name: str, seed: int) -> None:
    stored = {"compression": "zlib", "complevel": 1, "chunksizes": (1, ROWS, COLUMNS)}
    variable = file.createVariable(
        name,
        "i2" if case.is_packed else "f4",
        ("time", "latitude", "longitude"),
        **(stored if case.is_deflated else {"contiguous": True}),
    )
    if case.is_packed:
        variable.setncatts({"scale_factor": PACKING_STEP, "add_offset": 285.0})
    one, two = (_field(seed * 2 + k) for k in range(2))
    for hour in range(case.hours):
        angle = hour / 6.0
        values = 285.0 + 10.0 * (np.cos(angle) * one + np.sin(angle) * two)
        steps = np.round((values - 285.0) / PACKING_STEP) * PACKING_STEP + 285.0
        variable[hour] = steps


def _field(seed: int) -> Values:
    return power_law(720, seed)[np.minimum(np.arange(ROWS), 719)]
