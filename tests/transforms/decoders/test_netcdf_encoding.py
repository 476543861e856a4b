"""Numbers of a file become the values that the netCDF4 library makes of them, to the bit."""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.decoders import netcdf
from transforms.decoders.netcdf_encoding import encoding_of

INTEGERS = st.sampled_from(["i1", "u1", "i2", "u2", "i4", "u4", "i8"])
TYPES = st.one_of(INTEGERS, st.sampled_from(["f4", "f8"]))
NUMBERS = st.integers(-128, 127).map(float)
FACTORS = st.sampled_from([None, 1.0, 0.5, 0.01, np.float32(0.1), np.int16(2), "half"])
OFFSETS = st.sampled_from([None, 0.0, 10.0, np.float32(273.15), np.int32(-4)])


@st.composite
def attributes(draw: st.DrawFn) -> dict[str, Any]:
    found = {
        "missing_value": draw(st.none() | NUMBERS | st.lists(NUMBERS, min_size=2, max_size=3)),
        "valid_min": draw(st.none() | NUMBERS),
        "valid_range": draw(st.none() | st.tuples(NUMBERS, NUMBERS).map(sorted)),
        "scale_factor": draw(FACTORS),
        "add_offset": draw(OFFSETS),
        "_Unsigned": draw(st.sampled_from([None, None, "true", "false"])),
    }
    return {name: value for name, value in found.items() if value is not None}


@given(TYPES, attributes(), st.none() | st.integers(0, 100), st.lists(NUMBERS, min_size=1))
@settings(deadline=None)
def test_values_are_those_of_the_library(
    dtype: str, about: dict[str, Any], fill: int | None, numbers: list[float]
) -> None:
    # Without a fill value, the library fails on signed integers that are called unsigned
    fill = 100 if fill is None and "_Unsigned" in about else fill
    with netCDF4.Dataset("nowhere.nc", "w", diskless=True) as file:
        file.createDimension("x", len(numbers) + 1)
        variable = file.createVariable("v", dtype, ("x",), fill_value=fill)
        variable.set_auto_maskandscale(False)
        variable[:-1] = np.array(numbers).astype("i8").astype(dtype)
        variable.setncatts(about)
        encoding = encoding_of(variable).unpacked()
        raw = variable[:].copy()
        variable.set_auto_maskandscale(True)
        variable.set_auto_mask(encoding.fill is not None)
        expected = variable[:]

    found = encoding.decoded(raw)
    if encoding.fill is not None:
        expected = np.ma.filled(expected.astype(encoding.dtype), encoding.fill)
    assert found.tobytes() == np.asarray(expected).astype(encoding.dtype).tobytes()


def encoded(tmp_path: Path, dtype: str, fill: int | None = None, **about: Any) -> netcdf.Stored:
    path = tmp_path / "a.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("x", 3)
        file.createVariable("v", dtype, ("x",), fill_value=fill).setncatts(about)
    with netcdf.opened(path, "a") as dataset:
        return next(netcdf.groups(dataset)).variables[0]


def test_packed_integers_stay_packed(tmp_path: Path) -> None:
    found = encoded(tmp_path, "i2", -9, scale_factor=0.5, add_offset=10.0, missing_value=-8)

    assert found.encoding is not None
    assert (found.dtype, found.fill_value) == (np.int16, -9)
    assert found.attributes == {"scale_factor": 0.5, "add_offset": 10.0}
    np.testing.assert_array_equal(found.encoding.decoded(np.array([-9, -8, 4], "i2")), [-9, -9, 4])


def test_integers_called_unsigned_are_unsigned(tmp_path: Path) -> None:
    found = encoded(tmp_path, "i1", -1, scale_factor=0.5, _Unsigned="true")

    assert (found.dtype, found.fill_value) == (np.uint8, 255)


@pytest.mark.parametrize(
    ("dtype", "about"),
    [
        ("i2", {"scale_factor": 0.5, "valid_min": 0, "_Unsigned": "true"}),
        ("i2", {"scale_factor": 0.0}),
        ("i2", {"scale_factor": np.nan}),
        ("f4", {"scale_factor": 0.5}),
    ],
    ids=["no number left for missing values", "zero scale", "no scale", "floats"],
)
def test_what_cannot_be_kept_packed_is_unpacked(
    dtype: str, about: dict[str, Any], tmp_path: Path
) -> None:
    found = encoded(tmp_path, dtype, **about)

    assert found.dtype.kind == "f"
    assert "scale_factor" not in found.attributes
