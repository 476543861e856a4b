import pytest
import xarray as xr

from hooks.workflows.drawing import caption
from tests.hooks.workflows import stores


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("m s-1", "m s⁻¹"),
        ("kg m**-2 s**-1", "kg m⁻² s⁻¹"),
        ("m2 s-2", "m² s⁻²"),
        ("K", "K"),
        ("degC", "°C"),
        ("1", ""),
        (None, ""),
    ],
)
def test_units_are_written_as_people_write_them(written: str | None, read: str) -> None:
    assert caption.unit(written) == read


def test_the_title_is_the_long_name_with_a_capital() -> None:
    field = xr.DataArray(attrs={"long_name": "mean sea level pressure"}, name="msl")

    assert caption.title(field) == "Mean sea level pressure"
    assert caption.title(xr.DataArray(name="msl")) == "Msl"


def test_the_subtitle_says_when_and_where() -> None:
    field = stores.regular()["t2m"].isel(time=0)
    level = ((), 500.0, {"standard_name": "air_pressure", "units": "hPa", "axis": "Z"})
    field = field.assign_coords(level=level, member=((), 3, {"standard_name": "realization"}))

    assert caption.subtitle(field) == "2026-01-02 06:00 UTC  ·  500 hPa  ·  member 3"


def test_a_series_says_from_when_to_when() -> None:
    words = caption.subtitle(stores.series()["t2m"])

    assert words == "2026-01-01 00:00 UTC to 2026-01-04 23:00 UTC"
