from pathlib import Path
from typing import Any

import pytest

from sandbox.fields import Fields
from sandbox.holdings.climate_dt import parse_climate
from sandbox.orders import OrderMalformed, OrderRefused
from tests.sandbox.holdings.test_era5 import listing

SURFACE: dict[str, Any] = {
    "class": "d1",
    "dataset": "climate-dt",
    "activity": "ScenarioMIP",
    "experiment": "SSP3-7.0",
    "generation": "1",
    "model": "IFS-NEMO",
    "realization": "1",
    "resolution": "standard",
    "stream": "clte",
    "type": "fc",
    "expver": "0001",
    "levtype": "sfc",
    "param": "167/msl",
    "date": "20240101/to/20240102",
    "time": ["0000", "01:00"],
}
UPPER = SURFACE | {"levtype": "pl", "levelist": "500/850", "param": "130/131", "date": "20240101"}


def test_a_request_is_answered_field_by_field_with_the_keys_of_the_twin(tmp_path: Path) -> None:
    parse_climate(SURFACE).write(tmp_path / "sfc.grib2", Fields(1))
    names = ("dataDate", "dataTime", "shortName", "gridType", "Nside", "orderingConvention")
    told = tuple(key for key in SURFACE if key not in {"param", "date", "time"})
    rows = listing(tmp_path / "sfc.grib2", *names, "packingType", *told, kind=str)

    assert [row[:3] for row in rows] == [
        (day, hour, name)
        for day in ("20240101", "20240102")
        for hour in ("0000", "0100")
        for name in ("2t", "msl")
    ]
    assert {row[3:7] for row in rows} == {("healpix", "64", "nested", "grid_ccsds")}
    assert {row[7:] for row in rows} == {tuple(SURFACE[key] for key in told)}


def test_levels_are_answered(tmp_path: Path) -> None:
    parse_climate(UPPER).write(tmp_path / "pl.grib2", Fields(1))
    rows = listing(tmp_path / "pl.grib2", "dataTime", "level", "shortName", "typeOfLevel")

    assert len(rows) == 8
    assert {row[1:] for row in rows} == {
        (level, name, "isobaricInhPa") for level in (500, 850) for name in "tu"
    }


def test_every_parameter_exists_in_the_tables_of_the_twin(tmp_path: Path) -> None:
    surface = SURFACE | {"param": "167/168/151/134/165/166/34/31/228164", "date": "20240101"}
    upper = UPPER | {"param": "130/129/131/132/157/133/135", "levelist": "500"}
    for n, request in enumerate((surface, upper)):
        parse_climate(request | {"time": "0000"}).write(tmp_path / f"{n}.grib2", Fields(1))
        found = {row[0] for row in listing(tmp_path / f"{n}.grib2", "paramId")}

        assert found == {int(text) for text in request["param"].split("/")}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"date": "20500101"}, "0 messages retrieved out of 4 expected"),
        ({"param": "228"}, "param=228"),
        ({"model": "HAL"}, "model=HAL"),
    ],
)
def test_what_is_not_archived_is_refused(change: dict[str, str], message: str) -> None:
    with pytest.raises(OrderRefused, match=message):
        parse_climate(SURFACE | change)


@pytest.mark.parametrize("change", [{"date": "soon"}, {"time": "noon"}, {"colour": "red"}])
def test_what_cannot_be_read_is_malformed(change: dict[str, str]) -> None:
    with pytest.raises(OrderMalformed, match="Bad request"):
        parse_climate(SURFACE | change)
