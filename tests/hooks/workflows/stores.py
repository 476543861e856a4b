"""Makers of small Zarr stores, one on each kind of grid."""

from pathlib import Path

import healpix
import numpy as np
import xarray as xr

LATITUDE = {"standard_name": "latitude", "units": "degrees_north"}
LONGITUDE = {"standard_name": "longitude", "units": "degrees_east"}
KELVIN = {"standard_name": "air_temperature", "long_name": "2 metre temperature", "units": "K"}
TIMES = np.array(["2026-01-02T06:00", "2026-01-02T12:00"], dtype="datetime64[ns]")
VALID = {"standard_name": "time"}


def warmth(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    phi, lam = np.radians(latitude), np.radians(longitude)
    waves = 6 * np.cos(phi) * np.sin(3 * lam + 2 * phi) + 2 * np.sin(9 * lam) * np.cos(7 * phi)
    return (245 + 55 * np.cos(phi) ** 2 + waves).astype("f4")


def save(dataset: xr.Dataset, path: Path, group: str | None = None) -> str:
    dataset.to_zarr(path, group=group, zarr_format=3, consolidated=False)
    return str(path)


def regular(
    *, west: float = 0.0, east: float = 359.0, south: float = -90.0, north: float = 90.0
) -> xr.Dataset:
    latitude, longitude = np.linspace(north, south, 91), np.linspace(west, east, 180)
    values = warmth(latitude[:, None], longitude[None, :])
    return xr.Dataset(
        {"t2m": (("time", "latitude", "longitude"), np.stack([values, values + 1]), KELVIN)},
        {
            "time": ("time", TIMES, VALID),
            "latitude": ("latitude", latitude, LATITUDE),
            "longitude": ("longitude", longitude, LONGITUDE),
        },
    )


def on_cells(latitude: np.ndarray, longitude: np.ndarray) -> xr.Dataset:
    return xr.Dataset(
        {"t2m": (("time", "cell"), warmth(latitude, longitude)[None], KELVIN)},
        {
            "time": ("time", TIMES[:1], VALID),
            "latitude": ("cell", latitude, LATITUDE),
            "longitude": ("cell", longitude, LONGITUDE),
        },
    )


def reduced_gaussian(number: int = 32) -> xr.Dataset:
    half = np.degrees(np.arcsin(np.polynomial.legendre.leggauss(2 * number)[0]))[::-1]
    counts = [20 + 4 * min(row, 2 * number - 1 - row) for row in range(2 * number)]
    rows = [np.arange(count) * 360 / count for count in counts]
    return on_cells(np.repeat(half, counts), np.concatenate(rows))


def unstructured(count: int = 20_000) -> xr.Dataset:
    turn = np.arange(count)
    latitude = np.degrees(np.arcsin(1 - (2 * turn + 1) / count))
    return on_cells(latitude, (turn * 137.50776405) % 360)


def on_healpix(level: int = 5, *, cells: np.ndarray | None = None) -> xr.Dataset:
    about = {"standard_name": "healpix_index", "units": "1"}
    index = np.arange(12 * 4**level) if cells is None else cells
    longitude, latitude = healpix.pix2ang(2**level, index, nest=True, lonlat=True)
    mapping = {
        "grid_mapping_name": "healpix",
        "refinement_level": level,
        "indexing_scheme": "nested",
    }
    return xr.Dataset(
        {
            "t2m": ("cell", warmth(latitude, longitude), KELVIN | {"grid_mapping": "crs"}),
            "crs": ((), 0, mapping),
        },
        {"cell": ("cell", index, about), "time": ((), TIMES[0], VALID)},
    )


def projected() -> xr.Dataset:
    x, y = np.meshgrid(np.linspace(-2.6e6, 2.6e6, 120), np.linspace(-1.8e6, 1.8e6, 90))
    radius = np.hypot(x, y - 5.0e6)
    latitude = 90.0 - np.degrees(radius / 6.37e6)
    longitude = (10.0 + np.degrees(np.arctan2(x, 5.0e6 - y))) % 360
    plane = ("y", "x")
    wind = {"standard_name": "eastward_wind", "long_name": "10 metre U wind", "units": "m s-1"}
    return xr.Dataset(
        {"u10": (plane, warmth(latitude * 3, longitude) - 270, wind)},
        {
            "y": ("y", y[:, 0]),
            "x": ("x", x[0]),
            "latitude": (plane, latitude, LATITUDE),
            "longitude": (plane, longitude, LONGITUDE),
            "height": ((), 10.0, {"units": "m", "axis": "Z", "positive": "up"}),
        },
    )


def series() -> xr.Dataset:
    hours = np.datetime64("2026-01-01", "ns") + np.arange(96) * np.timedelta64(1, "h")
    values = 285 + 6 * np.sin(np.arange(96) / 24 * 2 * np.pi) + np.arange(96) / 40
    return xr.Dataset({"t2m": ("time", values, KELVIN)}, {"time": ("time", hours, VALID)})
