import numpy as np
import pytest
import xarray as xr

from hooks.workflows.drawing.palette import palette_of


def palette(values: list[float], **about: str):
    return palette_of(xr.DataArray(attrs=about), np.array(values))


@pytest.mark.parametrize(
    ("standard_name", "colours"),
    [
        ("air_temperature", "thermal"),
        ("precipitation_amount", "rain"),
        ("eastward_wind", "two_sided"),
        ("wind_speed", "wind"),
        ("cloud_area_fraction", "cloud"),
        ("sea_ice_area_fraction", "ice"),
        ("sea_water_salinity", "YlGnBu"),
        ("nothing_known", "viridis"),
    ],
)
def test_a_quantity_has_its_colours(standard_name: str, colours: str) -> None:
    assert palette([1.0, 2.0, 3.0], standard_name=standard_name).colours.name == colours


def test_a_two_sided_quantity_is_even_about_zero() -> None:
    made = palette([-3.0, 0.0, 10.0], standard_name="eastward_wind")

    assert made.low == -made.high
    assert palette([-9.0, 10.0], long_name="U wind component").colours.name == "two_sided"


def test_an_outlier_does_not_rule_the_scale_and_is_told_by_an_arrow() -> None:
    made = palette([*np.linspace(270, 290, 999), 9999.0], standard_name="air_temperature")

    assert made.high < 300
    assert made.extend in {"max", "both"}


@pytest.mark.parametrize("values", [[np.nan], [5.0, 5.0], [0.0]])
def test_a_field_without_range_has_a_scale(values: list[float]) -> None:
    made = palette(values)

    assert made.low < made.high
