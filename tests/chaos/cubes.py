"""Small true cubes: one field of three by four, of which every value is the revision's number."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from lake.nouns import Axis, Cube, Hypercube, Variable
from tests.makers import NEW_YEAR
from transforms.writers.target import Target

VARIABLE = "t2m"
TEMPLATE = "template.zarr"
_SHAPE, _DTYPE = (3, 4), "<f4"
_EVERY = timedelta(hours=12)


def lay(template: Path) -> None:
    """Make the cube that all others are copies of."""
    import xarray as xr  # noqa: PLC0415 - a publisher that is killed starts sooner without it

    coordinates = {"latitude": [50.0, 49.0, 48.0], "longitude": [5.0, 6.0, 7.0, 8.0]}
    values = np.zeros(_SHAPE, dtype=_DTYPE)
    field = xr.Variable(tuple(coordinates), values, {"units": "K"})
    dataset = xr.Dataset({VARIABLE: field}, coords=coordinates)
    plain = {VARIABLE: {"compressors": None}}
    dataset.to_zarr(template, zarr_format=3, consolidated=False, encoding=plain)


def write(template: Path, place: Path, key: str, number: int) -> Cube:
    """Write the cube of an item's revision to ``place``, and return its facts."""
    shutil.copytree(template, place)
    chunk = place / VARIABLE / "c" / "0" / "0"
    chunk.parent.mkdir(parents=True, exist_ok=True)  # a chunk of zeros only is not written
    chunk.write_bytes(np.full(_SHAPE, number, dtype=_DTYPE).tobytes())
    sealed = Target(str(place)).seal()
    return Cube(
        location=str(place),
        digest=sealed.digest,
        size=sealed.size,
        hypercubes=(_hypercube(),),
        start=_moment(key),
        end=_moment(key),
        bbox=(5.0, 48.0, 8.0, 50.0),
        fields_read=1,
        fields_written=1,
    )


def _moment(key: str) -> datetime:
    """Return an item's time: a thousand of them span more than a year."""
    return NEW_YEAR + int(key.rpartition("-")[2]) * _EVERY


def _hypercube() -> Hypercube:
    axes = (
        Axis("latitude", "spatial", 3, 50.0, 48.0, "degrees_north"),
        Axis("longitude", "spatial", 4, 5.0, 8.0, "degrees_east"),
    )
    names = tuple(axis.name for axis in axes)
    field = Variable(VARIABLE, names, _SHAPE, "float32", "K", "air_temperature")
    return Hypercube("", axes, (field,), "regular_ll")
