"""GRIB and NetCDF files that weigh as real ones do: smooth fields with detail at every scale.

Values are power-law random fields on physical backgrounds that drift in time, packed in 16 bits by
CCSDS (8 to 11 bits a value remain, as in ERA5 and the Climate DT). Files are made once per folder.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from sandbox.grib import Key, Label, Template, message
from sandbox.grids import Grid, HealpixGrid, OctahedralGrid, RegularGrid
from transforms.grids.gaussian import latitudes

START = datetime(2024, 3, 1, tzinfo=UTC)
SLOPE = 1.8
DRIFT_HOURS = 36.0
TWIN: tuple[Key, ...] = (
    ("productionStatusOfProcessedData", 12),
    ("setLocalDefinition", 1),
    ("class", "d1"),
    ("dataset", "climate-dt"),
    ("activity", "projections"),
    ("experiment", "SSP3-7.0"),
    ("generation", 1),
    ("model", "IFS-NEMO"),
    ("realization", 1),
    ("resolution", "high"),
    ("stream", "clte"),
    ("type", "fc"),
)
PLAIN: tuple[Key, ...] = (("stepUnits", "h"),)

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Octahedral(OctahedralGrid):
    """An octahedral grid whose latitudes are found without the eigenvalues of a huge matrix."""

    @property
    def latitudes(self) -> Values:
        return latitudes(self.n)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One variable: what it is about, how much it varies, and what bends it."""

    param_id: int
    mean: float
    spread: float
    bend: Callable[[Values], Values] | None = None


def _sea_only(values: Values) -> Values:
    return np.where(values < 289.0, np.nan, values)


T2M = Parameter(167, 285.0, 12.0)
SURFACE = (
    T2M,
    Parameter(168, 280.0, 10.0),
    Parameter(151, 101000.0, 900.0),
    Parameter(165, 1.0, 5.0),
    Parameter(166, 0.5, 5.0),
    Parameter(134, 97000.0, 4000.0),
    Parameter(235, 287.0, 14.0),
    Parameter(34, 292.0, 6.0, _sea_only),
)
UPPER = (
    Parameter(130, 250.0, 12.0),
    Parameter(131, 8.0, 11.0),
    Parameter(132, 0.0, 9.0),
    Parameter(129, 90000.0, 3000.0),
)
LEVELS = (1000, 925, 850, 700, 600, 500, 400, 300, 250, 200, 150, 100, 50)


@dataclass(frozen=True, slots=True)
class Case:
    """One file: parameters x hours x levels on a grid."""

    name: str
    grid: Grid
    parameters: tuple[Parameter, ...]
    hours: int
    keys: tuple[Key, ...] = PLAIN
    levels: tuple[int | None, ...] = (None,)
    packing: str = "grid_ccsds"

    @property
    def messages(self) -> int:
        return len(self.parameters) * self.hours * len(self.levels)


QUARTER = RegularGrid(0.25)
CASES = {
    case.name: case
    for case in (
        Case("a_sfc", QUARTER, SURFACE, 24),
        Case("a_simple", QUARTER, SURFACE, 24, packing="grid_simple"),
        Case("b_pl", QUARTER, UPPER, 8, levels=LEVELS),
        Case("H128", HealpixGrid(128, nested=True), SURFACE, 24, TWIN),
        Case("H512", HealpixGrid(512, nested=True), (*SURFACE[:3], SURFACE[-1]), 24, TWIN),
        Case("H1024", HealpixGrid(1024, nested=True), SURFACE[:2], 12, TWIN),
        Case("O320", Octahedral(320), SURFACE, 24),
        Case("O2560", Octahedral(2560), SURFACE[:2], 4),
    )
}


def grib(folder: Path, case: Case) -> Path:
    """Return the file of a case, made if it is not there yet."""
    path = folder / f"{case.name}.grib"
    if not path.exists():
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            for data in _messages(case):
                file.write(data)
        part.rename(path)
    return path


def _messages(case: Case) -> Iterator[bytes]:
    for parameter in case.parameters:
        for level in case.levels:
            weather = _Weather(case.grid, hash_of(parameter.param_id, level))
            for hour in range(case.hours):
                when = START + timedelta(hours=hour)
                values = parameter.mean + parameter.spread * weather.at(hour)
                bent = parameter.bend(values) if parameter.bend else values
                upper = (("typeOfLevel", "isobaricInhPa"),) if level else ()
                template = Template(2, case.grid, (*case.keys, *upper))
                label = Label(parameter.param_id, when, level)
                if case.packing != "grid_ccsds":
                    label = replace(label, keys=(*label.keys, ("packingType", case.packing)))
                yield message(template, label, bent)


def hash_of(param_id: int, level: int | None) -> int:
    return param_id * 10000 + (level or 0)


class _Weather:
    """Random weather on a grid: two fields that turn into each other, and a little of a third."""

    def __init__(self, grid: Grid, seed: int) -> None:
        rows = 1440 if _size(grid) < 4_000_000 else 4320
        self._parts = [_on(grid, power_law(rows, seed * 10 + k)) for k in range(3)]

    def at(self, hour: int) -> Values:
        angle = 2 * np.pi * hour / DRIFT_HOURS
        one, two, three = self._parts
        return np.cos(angle) * one + np.sin(angle) * two + 0.05 * np.cos(7 * angle) * three


def _size(grid: Grid) -> int:
    if isinstance(grid, HealpixGrid):
        return 12 * grid.nside**2
    return sum(grid.row_lengths) if isinstance(grid, OctahedralGrid) else 0


def power_law(rows: int, seed: int) -> Values:
    """Return a random field on rows x 2 rows, periodic, of variance 1."""
    noise = np.random.default_rng(seed).standard_normal((rows, 2 * rows), dtype=np.float32)
    spectrum = np.fft.rfft2(noise)
    y, x = np.fft.fftfreq(rows)[:, None] * rows, np.fft.rfftfreq(2 * rows)[None, :] * 2 * rows
    wave = np.hypot(y, x)
    wave[0, 0] = np.inf
    field = np.fft.irfft2(spectrum * wave**-SLOPE, (rows, 2 * rows))
    return np.asarray(field / field.std())


def _on(grid: Grid, field: Values) -> Values:
    places = _places(grid, field.shape[0])
    return map_coordinates(field, places, order=1, mode="grid-wrap")


@lru_cache(maxsize=1)
def _places(grid: Grid, rows: int) -> NDArray[np.float32]:
    points = grid.points()
    down = (90.0 - points.latitude) / 180.0 * (rows - 1)
    return np.stack([down, points.longitude / 360.0 * (2 * rows)]).astype(np.float32)
