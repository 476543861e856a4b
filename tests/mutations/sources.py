"""The sound files that mutants are made of: small, and of every packing and layout we read."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from tests.transforms.makers import CLIMATE_DT, a_message, add

ROWS, COLUMNS = 32, 48
GRID = {
    "Ni": COLUMNS,
    "Nj": ROWS,
    "latitudeOfFirstGridPointInDegrees": 70,
    "latitudeOfLastGridPointInDegrees": 39,
    "longitudeOfFirstGridPointInDegrees": 0,
    "longitudeOfLastGridPointInDegrees": 47,
    "iDirectionIncrementInDegrees": 1,
    "jDirectionIncrementInDegrees": 1,
}
PACKINGS = ("grid_simple", "grid_ccsds", "grid_complex", "grid_ieee")
FORMATS = ("NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA")
FILTERS: dict[str, dict[str, Any]] = {
    "deflate": {"zlib": True, "complevel": 1, "shuffle": True},
    "checked": {"fletcher32": True},
    "contiguous": {},
}


def sources(into: Path) -> dict[str, bytes]:
    """Return the content of every sound file by its name."""
    gribs = {f"{name}.grib": data for name, data in _gribs()}
    makers: dict[str, Callable[[Any], None]] = {"grouped": _grouped, "odd": _odd}
    files = {name: (_plain(filters), "NETCDF4") for name, filters in FILTERS.items()}
    files |= {fmt.lower(): (_plain({}), fmt) for fmt in FORMATS}
    files |= {name: (maker, "NETCDF4") for name, maker in makers.items()}
    return gribs | {f"{n}.nc": _written(into / n, m, fmt) for n, (m, fmt) in files.items()}


def _field(seed: int) -> np.ndarray:
    steps = np.random.default_rng(seed).normal(0, 1, (ROWS, COLUMNS))
    return np.asarray(280 + steps.cumsum(axis=1) / 4, "f4")


def _gribs() -> Iterator[tuple[str, bytes]]:
    for packing in PACKINGS:
        messages = [
            a_message(_field(n).ravel(), grid=GRID, shortName=name, packingType=packing)
            for n, name in enumerate(("2t", "2d", "msl"))
        ]
        yield packing, b"".join(messages)
    holed = _field(4).ravel()
    holed[::7] = np.nan
    yield "bitmap", a_message(holed, grid=GRID, shortName="sst")
    yield "constant", a_message(np.full(ROWS * COLUMNS, 3.0), grid=GRID)
    steps = [a_message(_field(n).ravel(), grid=GRID, dataTime=n * 100) for n in range(4)]
    yield "steps", b"".join(steps)
    yield "first edition", a_message(sample="regular_ll_sfc_grib1")
    yield "local", a_message(_field(5).ravel(), grid=GRID | CLIMATE_DT, shortName="2t")
    yield "reduced", a_message(np.arange(6114) + 200.0, "reduced_gg_sfc_grib2", {})


def _written(path: Path, maker: Callable[[Any], None], fmt: str) -> bytes:
    with netCDF4.Dataset(path, "w", format=fmt) as file:
        maker(file)
    return path.read_bytes()


def _axes(file: Any, times: int | None = None) -> None:
    for name, size in (("time", times), ("lat", ROWS), ("lon", COLUMNS)):
        file.createDimension(name, size)
    add(file, "time", ("time",), np.arange(4.0), units="hours since 2024-01-01")
    add(file, "lat", ("lat",), np.linspace(70, 39, ROWS), units="degrees_north")
    add(file, "lon", ("lon",), np.arange(48.0), units="degrees_east")


def _plain(filters: dict[str, Any]) -> Callable[[Any], None]:
    def write(file: Any) -> None:
        _axes(file)
        values = np.stack([_field(n) for n in range(4)])
        names = ("time", "lat", "lon")
        chunks = filters and {"chunksizes": (1, ROWS, COLUMNS)}
        file.createVariable("t", "f4", names, fill_value=1e20, **filters, **chunks)[:] = values
        packed = file.createVariable("packed", "i2", names, fill_value=-9, **filters, **chunks)
        packed.setncatts({"scale_factor": 0.01, "add_offset": 280.0, "units": "K"})
        packed[:] = np.ma.masked_less(values, 279)

    return write


def _grouped(file: Any) -> None:
    _axes(file, 4)
    for name in ("air", "sea"):
        group = file.createGroup(name)
        add(group, "t", ("time", "lat", "lon"), np.stack([_field(n) for n in range(4)]))


def _odd(file: Any) -> None:
    """Words, enums, several missing values, bounds and a calendar of its own."""
    for name, size in (("time", 3), ("cell", 40), ("letters", 8)):
        file.createDimension(name, size)
    add(file, "time", ("time",), np.arange(3.0), units="days since 2024-02-28", calendar="360_day")
    words = file.createVariable("name", str, ("cell",))
    words[:] = np.array([f"cell {n}" for n in range(40)], object)
    letters = np.array([f"c{n:03}" for n in range(40)], "S8")
    file.createVariable("code", "S1", ("cell", "letters"))[:] = netCDF4.stringtochar(letters)
    kind = file.createEnumType("u1", "kind", {"land": 0, "sea": 1})
    file.createVariable("mask", kind, ("cell",))[:] = (np.arange(40) % 2).astype("u1")
    counts = file.createVariable("counts", "i4", ("time", "cell"), fill_value=-1, zlib=True)
    counts.setncatts({"valid_range": np.array([0, 90], "i4"), "missing_value": np.int32(-2)})
    counts[:] = np.arange(120).reshape(3, 40)
