"""Reading NetCDF-4: ours beside h5py and netCDF4, in one run. ``python -m benchmarks.reading``

Each reader reads all of a file, 24 fields at a time, as the writer asks for them.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import netCDF4
import numpy as np
from rich.console import Console
from rich.table import Table

from transforms.decoders import netcdf
from transforms.decoders.netcdf import Stored
from transforms.decoders.netcdf_slabs import NetcdfSlabs
from transforms.plans import Region

TIMES, ROWS, COLUMNS = 72, 721, 1440
SLAB = 24
ROUNDS = 3
REGIONS: list[Region] = [
    (slice(at, at + SLAB), slice(0, ROWS), slice(0, COLUMNS)) for at in range(0, TIMES, SLAB)
]
PACKING = {"scale_factor": 0.001, "add_offset": 280.0}


def a_field(seed: int) -> np.ndarray:
    """Return a field whose power falls off with its wave number, as the weather's does."""
    noise = np.fft.rfft2(np.random.default_rng(seed).standard_normal((ROWS, COLUMNS)))
    waves = np.hypot(
        np.fft.fftfreq(ROWS)[:, None] * ROWS, np.fft.rfftfreq(COLUMNS)[None, :] * COLUMNS
    )
    waves[0, 0] = 1
    field = np.fft.irfft2(noise * waves**-1.6, s=(ROWS, COLUMNS))
    return np.asarray(field / field.std())


def write(path: Path, kind: str, variables: int) -> None:
    """Write variables in chunks of one field, deflated at level 1 and shuffled."""
    names = ("time", "lat", "lon")
    with netCDF4.Dataset(path, "w") as file:
        for name, size in zip(names, (TIMES, ROWS, COLUMNS), strict=True):
            file.createDimension(name, size)
        for number in range(variables):
            variable = file.createVariable(
                f"v{number}",
                kind,
                names,
                zlib=True,
                complevel=1,
                shuffle=True,
                chunksizes=(1, ROWS, COLUMNS),
                fill_value=-32767 if kind == "i2" else 1e20,
            )
            if kind == "i2":
                variable.setncatts(PACKING)
            ends = a_field(2 * number), a_field(2 * number + 1)
            for at in range(TIMES):
                mixed = ends[0] * np.cos(at / 12) + ends[1] * np.sin(at / 12)
                # As from a GRIB whose step is 2**-10
                variable[at] = np.clip(np.round((280 + 5 * mixed) * 1024) / 1024, 248, 312)


def by_h5py(path: Path, variables: list[Stored]) -> None:
    with h5py.File(path) as file:
        for variable in variables:
            for region in REGIONS:
                file[variable.name][region]


def by_netcdf4(path: Path, variables: list[Stored]) -> None:
    with netCDF4.Dataset(path) as file:
        for variable in variables:
            for region in REGIONS:
                file[variable.name][region]


def by_us(threads: int) -> Callable[[Path, list[Stored]], None]:
    def read(path: Path, variables: list[Stored]) -> None:
        for variable in variables:
            reader = NetcdfSlabs(path, path.name, variable, threads)
            for region in REGIONS:
                reader.read(region, np.empty((SLAB, ROWS, COLUMNS), variable.dtype))

    return read


READERS = {"h5py": by_h5py, "netCDF4": by_netcdf4, "1 thread": by_us(1), "2 threads": by_us(2)}


def require_equal(path: Path, variable: Stored) -> None:
    """Check that ours are the library's values to the bit."""
    variable = variable.unpacked()
    ours = np.empty((SLAB, ROWS, COLUMNS), variable.dtype)
    NetcdfSlabs(path, path.name, variable, 2).read(REGIONS[0], ours)
    with netCDF4.Dataset(path) as file:
        theirs = file[variable.name][REGIONS[0]].astype(variable.dtype)
    if np.ma.filled(theirs, np.nan).tobytes() != ours.tobytes():
        raise SystemExit(f"{path.name}: {variable.name} differs from netCDF4's values")


def measured(path: Path) -> dict[str, float]:
    """Return the median seconds of each reader; rounds are interleaved."""
    with netcdf.opened(path, path.name) as dataset:
        variables = list(next(netcdf.groups(dataset)).variables)
    require_equal(path, variables[0])
    seconds: dict[str, list[float]] = {name: [] for name in READERS}
    for _ in range(ROUNDS):
        for name, read in READERS.items():
            began = time.perf_counter()
            read(path, variables)
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(found) for name, found in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variables", type=int, default=2)
    given = parser.parse_args()
    table = Table("file", "MB", *READERS, "ours : h5py", "ours : netCDF4")
    with tempfile.TemporaryDirectory() as place:
        for kind in ("f4", "i2"):
            path = Path(place) / f"{kind}.nc"
            write(path, kind, given.variables)
            found = measured(path)
            ours = found["2 threads"]
            ratios = (f"{found[name] / ours:.1f}" for name in ("h5py", "netCDF4"))
            times = (f"{seconds:.2f} s" for seconds in found.values())
            table.add_row(kind, f"{path.stat().st_size / 1e6:.0f}", *times, *ratios)
    Console().print(table)


if __name__ == "__main__":
    main()
