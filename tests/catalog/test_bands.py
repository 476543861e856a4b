from dataclasses import replace

import pytest

from catalog.bands import describe_bands
from lake.nouns import Axis
from tests.catalog.makers import on_cells, on_lambert, on_latitudes


def test_fields_on_rows_and_columns_are_the_bands_of_an_image() -> None:
    told = describe_bands(on_latitudes())

    assert told["bands"] == [
        {"name": "t", "data_type": "float32", "description": "Temperature", "unit": "K"}
    ]
    assert told["raster:spatial_resolution"] == pytest.approx(27_800, abs=5)


def test_metres_are_told_as_they_are() -> None:
    assert describe_bands(on_lambert())["raster:spatial_resolution"] == 3000.0


def test_a_list_of_cells_has_none() -> None:
    assert describe_bands(on_cells()) == {}


@pytest.mark.parametrize(
    "row",
    [
        Axis("y", "spatial", 100, 0.0, 297000.0, "1"),
        Axis("y", "spatial", 1, 0.0, 0.0, "m"),
        Axis("y", "spatial", 100, unit="m"),
    ],
)
def test_rows_of_which_no_distance_is_known_have_none(row: Axis) -> None:
    assert describe_bands(replace(on_lambert(), axes=(row, on_lambert().axes[1]))) == {}
