"""Vertical positions."""

import pytest

from transforms.levels import kind_of, level


@pytest.mark.parametrize(
    ("kind", "edition", "said", "kept", "value"),
    [
        ("isobaricInhPa", 2, 850.0, "isobaricInhPa", 850.0),
        ("isobaricInPa", 2, 50.0, "isobaricInhPa", 0.5),
        ("depthBelowLand", 1, 7.0, "depthBelowLand", 0.07),
        ("depthBelowLand", 2, 0.07, "depthBelowLand", 0.07),
        ("sigma", 1, 9950.0, "sigma", 0.995),
        ("pressureFromGroundLayer", 1, 30.0, "pressureFromGroundLayer", 3000.0),
        ("potentialVorticity", 2, 2147485648.0, "potentialVorticity", -2000.0),
    ],
)
def test_editions_of_grib_agree_on_units(
    kind: str, edition: int, said: float, kept: str, value: float
) -> None:
    assert level(kind, said, said, said, edition) == (kept, value, value, value)


def test_an_unknown_kind_is_named_after_itself() -> None:
    assert kind_of("highestTroposphericFreezing").stem == "highest_tropospheric_freezing"
