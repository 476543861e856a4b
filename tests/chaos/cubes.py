"""Small true cubes: one field of three by four, of which every value is the revision's number."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import xarray as xr

from lake.nouns import Axis, Cube, Hypercube, Variable
from tests.makers import NEW_YEAR
from transforms.writers.target import Target

VARIABLE = "t2m"
_LATITUDES, _LONGITUDES = np.array([50.0, 49.0, 48.0]), np.array([5.0, 6.0, 7.0, 8.0])
_SHAPE = (len(_LATITUDES), len(_LONGITUDES))
_EVERY = timedelta(hours=12)


def write(place: Path, key: str, number: int) -> Cube:
    """Write the cube of an item's revision to ``place``, and return its facts."""
    values = np.full(_SHAPE, number, dtype="float32")
    field = xr.Variable(("latitude", "longitude"), values, {"units": "K"})
    dataset = xr.Dataset(
        {VARIABLE: field}, coords={"latitude": _LATITUDES, "longitude": _LONGITUDES}
    )
    dataset.to_zarr(place, zarr_format=3, consolidated=False)
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
