"""Makers of item cubes and of the growing cube that they are copied into."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr

from lake.nouns import Axis, Hypercube
from transforms.growth.copying import Copying, Piece
from transforms.growth.part import parts
from transforms.recipe import Recipe
from transforms.writers.target import Target

KINDS = {"latitude": "spatial", "longitude": "spatial"}
HOURLY = {"start": "2024-01-01", "step": "PT1H", "end": "2024-01-11"}


def a_recipe(growth: dict[str, Any] | None = None, **more: Any) -> Recipe:
    return Recipe.model_validate({"layout": "cube", "growth": growth or HOURLY, **more})


def hours(first: int, count: int) -> np.ndarray[Any, Any]:
    return np.datetime64("2024-01-01T00", "s") + np.arange(first, first + count) * 3600


def a_dataset(first: int = 0, count: int = 6, value: float = 1.0, **fields: Any) -> xr.Dataset:
    """Hours from ``first`` on, on a small grid; ``fields`` are further arrays along time."""
    shape = (count, 3, 4)
    numbers = value + np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    return xr.Dataset(
        {
            "t2m": (("time", "latitude", "longitude"), numbers, {"units": "K"}),
            **{name: ("time", np.asarray(values)) for name, values in fields.items()},
        },
        coords={
            "time": ("time", hours(first, count), {"standard_name": "time"}),
            "latitude": [10.0, 0.0, -10.0],
            "longitude": [0.0, 90.0, 180.0, 270.0],
        },
    )


def a_forecast(hour: int) -> xr.Dataset:
    """Three steps of one forecast, begun at an hour."""
    reference, steps = hours(hour, 1), np.array([0.0, 3.0, 6.0])
    valid = reference[:, None] + (steps * 3600).astype("timedelta64[s]")[None, :]
    names = ("forecast_reference_time", "step", "latitude")
    return xr.Dataset(
        {"t2m": (names, hour + np.arange(6, dtype=np.float32).reshape(1, 3, 2))},
        coords={
            "forecast_reference_time": (names[:1], reference),
            "step": (names[1:2], steps, {"standard_name": "forecast_period", "units": "hours"}),
            "latitude": [10.0, 0.0],
            "time": (names[:2], valid, {"standard_name": "time"}),
        },
    )


def a_piece(
    place: Path, key: str, dataset: xr.Dataset, recipe: Recipe, revision: str = "r1"
) -> Piece:
    """An item revision whose cube is ``dataset``."""
    store = place / f"{key}-{revision}.zarr"
    dataset.to_zarr(store, zarr_format=3, consolidated=False)
    axes = tuple(Axis(str(n), KINDS.get(str(n), "time"), s) for n, s in dataset.sizes.items())
    cube = Hypercube("", axes, (), "regular_ll")
    return Piece(key, revision, parts([cube], Target(str(store)), recipe))


def grown(
    root: zarr.Group, recipe: Recipe, *pieces: Piece, gone: Sequence[tuple[str, str]] = ()
) -> xr.Dataset:
    """Copy pieces as one batch; return what a reader opens then."""
    copying = Copying(root, recipe)
    for key, revision in gone:
        copying.take_back(key, revision)
    for piece in pieces:
        copying.admit(piece)
    for _ in copying.write():
        pass
    return xr.open_zarr(root.store, consolidated=False).load()


def there(cube: xr.Dataset) -> dict[int, str]:
    """Which hours are there, and of which item revision they are."""
    return {n: str(item) for n, item in enumerate(cube["item"].values) if item}
