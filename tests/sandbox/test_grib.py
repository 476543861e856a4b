from datetime import UTC, datetime

import eccodes
import numpy as np

from sandbox.grib import BITS, Label, Template, message
from sandbox.grids import RegularGrid

REFERENCE = datetime(2024, 1, 1, 6, tzinfo=UTC)
GRID = RegularGrid(10.0)


def values_of(content: bytes) -> np.ndarray:
    handle = eccodes.codes_new_from_message(content)
    missing = eccodes.codes_get(handle, "missingValue")
    values = eccodes.codes_get_values(handle)
    eccodes.codes_release(handle)
    return np.where(values == missing, np.nan, values)


def keys_of(content: bytes, *names: str) -> tuple[str, ...]:
    handle = eccodes.codes_new_from_message(content)
    found = tuple(eccodes.codes_get_string(handle, name) for name in names)
    eccodes.codes_release(handle)
    return found


def ramp() -> np.ndarray:
    return np.linspace(200.0, 320.0, GRID.latitudes.size * GRID.longitudes.size)


def test_values_come_back_to_the_packing_precision() -> None:
    for edition in (1, 2):
        content = message(Template(edition, GRID, ()), Label(167, REFERENCE), ramp())

        np.testing.assert_allclose(values_of(content), ramp(), atol=2 * 120 / 2**BITS)


def test_nan_becomes_missing() -> None:
    values = np.where(np.arange(ramp().size) % 3 == 0, np.nan, ramp())

    for edition in (1, 2):
        content = message(Template(edition, GRID, ()), Label(34, REFERENCE), values)

        assert (np.isnan(values_of(content)) == np.isnan(values)).all()


def test_grib1_is_packed_simply_and_grib2_by_ccsds() -> None:
    packings = [
        keys_of(message(Template(edition, GRID, ()), Label(167, REFERENCE), ramp()), "packingType")
        for edition in (1, 2)
    ]

    assert packings == [("grid_simple",), ("grid_ccsds",)]


def test_levels_are_said_in_hectopascal() -> None:
    for edition in (1, 2):
        template = Template(edition, GRID, (), is_upper_air=True)
        content = message(template, Label(130, REFERENCE, 500), ramp())

        assert keys_of(content, "shortName", "typeOfLevel", "level") == (
            "t",
            "isobaricInhPa",
            "500",
        )


def test_the_same_label_and_values_give_the_same_bytes() -> None:
    template = Template(2, GRID, ())

    assert message(template, Label(167, REFERENCE), ramp()) == message(
        template, Label(167, REFERENCE), ramp()
    )
