from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import eccodes
import pytest

from sandbox.fields import Fields
from sandbox.holdings.era5 import PRESSURE_LEVELS, SINGLE_LEVELS, parse_era5
from sandbox.holdings.era5_form import constraints, form
from sandbox.orders import OrderRefused

DAY = {"year": "2024", "month": ["01"], "day": ["02"], "time": ["00:00", "07:00"], "grid": "10/10"}


def listing(path: Path, *names: str, kind: type | None = None) -> list[tuple[Any, ...]]:
    """The keys of each message of a file, each of which is decoded."""
    rows = []
    with path.open("rb") as source:
        while (handle := eccodes.codes_grib_new_from_file(source)) is not None:
            rows.append(tuple(eccodes.codes_get(handle, name, kind) for name in names))
            eccodes.codes_get_values(handle)
            eccodes.codes_release(handle)
    return rows


def test_an_order_holds_just_what_was_asked_for(tmp_path: Path) -> None:
    inputs = DAY | {"variable": ["temperature", "geopotential"], "pressure_level": ["500", "850"]}
    parse_era5(PRESSURE_LEVELS, inputs).write(tmp_path / "pl.grib", Fields(1))
    rows = listing(
        tmp_path / "pl.grib", "shortName", "level", "dataTime", "class", "type", "edition"
    )

    assert len(rows) == len(set(rows)) == 8
    assert {row[:3] for row in rows} == {
        (name, level, time) for name in "tz" for level in (500, 850) for time in (0, 700)
    }
    assert {row[3:] for row in rows} == {("ea", "an", 1)}


def test_precipitation_is_a_forecast_that_ends_at_the_hour(tmp_path: Path) -> None:
    inputs = DAY | {"variable": "total_precipitation"}
    parse_era5(SINGLE_LEVELS, inputs).write(tmp_path / "tp.grib", Fields(1))
    names = ("dataDate", "dataTime", "stepRange", "validityDate", "validityTime", "type")

    assert listing(tmp_path / "tp.grib", *names) == [
        (20240101, 1800, "5-6", 20240102, 0, "fc"),
        (20240102, 600, "0-1", 20240102, 700, "fc"),
    ]


def test_an_area_is_cut_out() -> None:
    grid = parse_era5(
        SINGLE_LEVELS, DAY | {"variable": "2m_temperature", "area": [50, -10, 40, 0], "grid": 1}
    ).grid

    assert (grid.latitudes[0], grid.latitudes[-1], grid.longitudes[0], grid.longitudes[-1]) == (
        50,
        40,
        -10,
        0,
    )


def test_days_that_are_not_in_the_calendar_are_left_out() -> None:
    inputs = DAY | {"variable": "2m_temperature", "month": ["02"], "day": ["29", "30", "31"]}

    assert {time.date() for time in parse_era5(SINGLE_LEVELS, inputs).times} == {
        datetime(2024, 2, 29, tzinfo=UTC).date()
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"year": "2023"}, "no data is available within your requested subset"),
        ({"variable": "phlogiston"}, "variable 'phlogiston'"),
        ({"variable": "2m_temperature", "time": "25:00"}, "time '25:00'"),
        ({"variable": "2m_temperature", "area": [0, 0, 10, 10]}, "area or grid"),
        ({"variable": "2m_temperature", "data_format": "netcdf"}, "data_format=netcdf"),
        ({"variable": "2m_temperature", "colour": "red"}, "'colour'"),
        ({"variable": "2m_temperature", "date": "never"}, "date 'never'"),
    ],
)
def test_what_cannot_be_met_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(OrderRefused, match=message):
        parse_era5(SINGLE_LEVELS, {"variable": "2m_temperature"} | DAY | change)


def test_constraints_and_form_name_the_same_keywords() -> None:
    for dataset in (SINGLE_LEVELS, PRESSURE_LEVELS):
        named = {widget["name"] for widget in form(dataset)}

        assert all(set(entry) <= named for entry in constraints(dataset))
        assert sum(len(e["month"]) * len(e["day"]) for e in constraints(dataset)) == 366
