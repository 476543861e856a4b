"""Whole numbers to values, beside ecCodes to the last bit."""

from pathlib import Path
from typing import Any

import eccodes
import numpy as np
import pytest

from tests.transforms.makers import a_file, a_message
from transforms.decoders import libaec, packed
from transforms.decoders.grib_index import Indexer, Place
from transforms.decoders.grib_slabs import GribSlabs, _taken_apart, decoded
from transforms.grids.gaussian import latitudes
from transforms.measures import measured

ROWS, COLUMNS = 61, 97
GRID = {
    "Ni": COLUMNS,
    "Nj": ROWS,
    "latitudeOfFirstGridPointInDegrees": 60,
    "latitudeOfLastGridPointInDegrees": 0,
    "longitudeOfFirstGridPointInDegrees": 0,
    "longitudeOfLastGridPointInDegrees": 96,
    "iDirectionIncrementInDegrees": 1,
    "jDirectionIncrementInDegrees": 1,
}
INDEX = (0,)


def weather(seed: int = 0) -> np.ndarray:
    steps = np.random.default_rng(seed).standard_normal(ROWS * COLUMNS)
    return 280.0 + np.cumsum(steps) / 20.0


def a_place(tmp_path: Path, values: np.ndarray, **keys: Any) -> Place:
    granule = a_file(tmp_path / "f.grib", a_message(values, "GRIB2", GRID, **keys))
    return Indexer().index([granule]).places[0]


def holes(values: np.ndarray) -> np.ndarray:
    return np.where(np.arange(values.size) % 7 < 2, np.nan, values)


@pytest.mark.parametrize("has_holes", [False, True], ids=["whole", "holes"])
@pytest.mark.parametrize("decimals", [-2, 0, 1, 3, 6])
@pytest.mark.parametrize("bits", [1, 3, 7, 8, 9, 12, 16, 17, 23, 24, 25, 31])
def test_ccsds_of_any_width_is_what_eccodes_decodes(
    bits: int, decimals: int, has_holes: bool, tmp_path: Path
) -> None:
    values = holes(weather()) if has_holes else weather()
    keys = {"packingType": "grid_ccsds", "bitsPerValue": bits, "decimalScaleFactor": decimals}
    place = a_place(tmp_path, values, **keys)

    assert_taken_apart_exactly(place)


@pytest.mark.parametrize("has_holes", [False, True], ids=["whole", "holes"])
@pytest.mark.parametrize("bits", [8, 16])
def test_simple_packing_in_whole_bytes_is_what_eccodes_decodes(
    bits: int, has_holes: bool, tmp_path: Path
) -> None:
    values = holes(weather()) if has_holes else weather()
    place = a_place(tmp_path, values, packingType="grid_simple", bitsPerValue=bits)

    assert_taken_apart_exactly(place)


@pytest.mark.parametrize(
    "scanning",
    [{"iScansNegatively": 1}, {"jPointsAreConsecutive": 1}, {"alternativeRowScanning": 1}],
    ids=str,
)
def test_numbers_are_put_in_place_as_values_are(scanning: dict[str, int], tmp_path: Path) -> None:
    place = a_place(tmp_path, holes(weather()), packingType="grid_ccsds", **scanning)

    assert_taken_apart_exactly(place)


@pytest.mark.parametrize(
    "keys",
    [
        {"packingType": "grid_simple", "bitsPerValue": 11},
        {"packingType": "grid_ieee"},
        {"packingType": "grid_second_order"},
        {"packingType": "grid_complex_spatial_differencing", "orderOfSpatialDifferencing": 1},
    ],
    ids=lambda keys: keys["packingType"],
)
def test_what_is_not_plain_is_left_to_eccodes(keys: dict[str, Any], tmp_path: Path) -> None:
    place = a_place(tmp_path, weather(), **keys)
    out = np.empty((ROWS, COLUMNS))

    assert _taken_apart(place, out, is_rounded=False) is None
    GribSlabs({INDEX: place}).read_field(INDEX, out, is_rounded=False)
    np.testing.assert_array_equal(out, decoded(place))


@pytest.mark.parametrize("packing", ["grid_ccsds", "grid_simple"])
def test_a_constant_field_is_left_to_eccodes(packing: str, tmp_path: Path) -> None:
    place = a_place(tmp_path, np.full(ROWS * COLUMNS, 7.25), packingType=packing)
    out = np.empty((ROWS, COLUMNS), "f4")
    found = GribSlabs({INDEX: place}).read_field(INDEX, out, is_rounded=True)

    assert (out == 7.25).all()
    assert found is not None
    assert (found.minimum, found.maximum, found.std) == (7.25, 7.25, 0.0)


@pytest.mark.parametrize("decimals", [0, 2])
@pytest.mark.parametrize("packing", ["grid_ccsds", "grid_simple", "grid_second_order"])
def test_rounding_moves_no_value_by_more_than_half_a_step(
    packing: str, decimals: int, tmp_path: Path
) -> None:
    keys = {"packingType": packing, "decimalScaleFactor": decimals, "bitsPerValue": 12}
    place = a_place(tmp_path, weather(), **keys)
    out = np.empty((ROWS, COLUMNS))
    GribSlabs({INDEX: place}).read_field(INDEX, out, is_rounded=True)
    steps = out / place.step

    assert place.step > 0
    assert np.abs(out - decoded(place)).max() <= place.step / 2 * (1 + 1e-9)
    np.testing.assert_allclose(steps, np.rint(steps), rtol=0, atol=1e-6)


@pytest.mark.parametrize("cut", [0.0, 0.1, 0.5, 0.99])
def test_a_payload_that_ends_early_is_left_to_eccodes(cut: float, tmp_path: Path) -> None:
    place = a_place(tmp_path, weather(), packingType="grid_ccsds", bitsPerValue=16)
    head, _, payload = place.read_sections(5, 6, 7) or []
    plain = packed.representation(head)

    assert plain is not None
    assert plain.numbers(payload[5:]) is not None
    assert plain.numbers(payload[5 : 5 + int(cut * len(payload))]) is None


@pytest.mark.parametrize(
    ("offset", "word"),
    [(15, 0x7FFF), (15, 0xFFFF), (17, 0x7FFF), (17, 0xFFFF), (11, 0x7F80), (11, 0x7FC0)],
)
def test_absurd_scales_are_left_to_eccodes(offset: int, word: int, tmp_path: Path) -> None:
    place = a_place(tmp_path, weather(), packingType="grid_ccsds", bitsPerValue=16)
    (head,) = place.read_sections(5) or [b""]
    absurd = head[:offset] + word.to_bytes(2, "big") + head[offset + 2 :]

    assert packed.representation(head) is not None
    assert packed.representation(absurd) is None


def test_a_reference_too_far_from_zero_is_not_rounded() -> None:
    scale = packed.Scale(reference=1e30, step=2.0**-200, factor=1.0)

    assert scale.rounded() == scale


def test_powers_of_ten_are_those_of_eccodes(tmp_path: Path) -> None:
    for exponent in (*range(-12, 0), *range(1, 13)):
        place = a_place(tmp_path, weather() * 10.0**exponent, decimalScaleFactor=-exponent)
        head = (place.read_sections(5) or [b""])[0]
        plain = packed.representation(head)

        assert plain is not None
        assert plain.scale.factor == packed.power_of_ten(exponent)
        assert decoded(place).min() == plain.scale.value(0.0)


def test_the_library_is_the_one_that_eccodes_brings_and_has_one_door() -> None:
    library = libaec._library()
    house = Path(libaec.__file__).parents[2]
    sources = [p for part in ("transforms", "inlet", "lake") for p in (house / part).rglob("*.py")]

    assert library is not None
    assert Path(library._name).parent == Path(eccodes.__file__).parents[1] / "eccodes.libs"
    assert [p.name for p in sources if "ctypes.CDLL" in p.read_text()] == ["libaec.py"]


def assert_taken_apart_exactly(place: Place) -> None:
    expected = decoded(place)
    for kind in ("f4", "f8"):
        out = np.empty((ROWS, COLUMNS), kind)
        found = _taken_apart(place, out, is_rounded=False)
        beside = measured(out, None)

        assert found is not None
        np.testing.assert_array_equal(out, expected.astype(kind))
        assert found.digest == beside.digest
        assert (found.count, found.missing) == (beside.count, beside.missing)
        assert (found.minimum, found.maximum) == (beside.minimum, beside.maximum)
        assert found.mean == pytest.approx(beside.mean, rel=1e-6)
        assert found.std == pytest.approx(beside.std, rel=1e-4, abs=1e-6)


def test_gaussian_latitudes_are_roots_of_legendre() -> None:
    roots, _ = np.polynomial.legendre.leggauss(320)

    np.testing.assert_allclose(latitudes(160), np.degrees(np.arcsin(roots))[::-1], atol=1e-12)
