from catalog.datacube import describe_cube
from lake.nouns import Axis, Hypercube
from tests.catalog.makers import on_cells, on_latitudes


def test_axes_are_said_from_low_to_high() -> None:
    dimensions = describe_cube(on_latitudes(levels=3))["cube:dimensions"]

    assert dimensions["latitude"] == {"type": "spatial", "axis": "y", "extent": [-90.0, 90.0]}
    assert dimensions["pressure"] == {
        "type": "spatial",
        "axis": "z",
        "extent": [500.0, 1000.0],
        "unit": "hPa",
    }
    assert dimensions["time"]["extent"] == ["2024-01-01T00:00:00Z", "2024-01-01T23:00:00Z"]


def test_cells_are_not_passed_off_as_x_or_y() -> None:
    dimensions = describe_cube(on_cells())["cube:dimensions"]

    assert dimensions["cell"] == {"type": "cells", "extent": [0, 196607]}
    assert dimensions["member"] == {"type": "member", "extent": [0.0, 2.0]}


def test_an_axis_whose_values_are_not_known_says_so() -> None:
    hypercube = Hypercube("", (Axis("step", "other", 3),), (), "none")

    assert describe_cube(hypercube)["cube:dimensions"]["step"]["extent"] == [None, None]


def test_variables_carry_unit_and_name() -> None:
    variable = describe_cube(on_latitudes())["cube:variables"]["t"]

    assert variable["dimensions"] == ["time", "latitude", "longitude"]
    assert variable["unit"] == "K"
    assert variable["standard_name"] == "air_temperature"
