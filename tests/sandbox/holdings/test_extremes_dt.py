"""The Extremes twin: what accumulates has no step 0, and the constraints say so."""

from pathlib import Path
from typing import Any

import eccodes
import httpx
import pytest

from sandbox.client import Sandbox
from sandbox.fields import Fields
from sandbox.holdings import extremes_dt
from sandbox.holdings.extremes_dt import parse_extremes
from sandbox.orders import OrderMalformed, OrderRefused

REQUEST: dict[str, Any] = {
    "class": "d1",
    "dataset": "extremes-dt",
    "expver": "0001",
    "type": "fc",
    "stream": "oper",
    "levtype": "sfc",
    "date": "20240201/to/20240202",
    "time": "0000",
    "param": "167/228",
    "step": ["0", "12", "6"],
}


def labels(path: Path) -> list[tuple[str, int]]:
    found = []
    with path.open("rb") as opened:
        while (handle := eccodes.codes_grib_new_from_file(opened)) is not None:
            name, step = eccodes.codes_get(handle, "shortName"), eccodes.codes_get(handle, "step")
            found.append((name, int(step)))
            eccodes.codes_release(handle)
    return found


def test_all_fields_come_but_those_that_there_are_not(tmp_path: Path) -> None:
    path = tmp_path / "extremes.grib"
    parse_extremes(REQUEST).write(path, Fields(1))
    day = [("2t", 0), ("2t", 6), ("tp", 6), ("2t", 12), ("tp", 12)]

    assert labels(path) == day * 2


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"stream": "wave"}, OrderMalformed),
        ({"time": "1200"}, OrderRefused),
        ({"param": "1"}, OrderRefused),
        ({"step": "7"}, OrderRefused),
        ({"date": "20250101"}, OrderRefused),
        ({"param": "228", "step": "0"}, OrderRefused),
    ],
)
def test_what_is_not_archived_is_refused(changed: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_extremes({**REQUEST, **changed})


def test_the_service_publishes_what_goes_together(sandbox: Sandbox) -> None:
    here = f"{sandbox.url}/polytope/constraints"
    climate = "climate-dt_ScenarioMIP_SSP3-7.0_IFS-NEMO"
    told = httpx.get(f"{here}/{climate}.json", trust_env=False).json()

    assert httpx.get(f"{here}/extremes-dt.json", trust_env=False).json() == (
        extremes_dt.constraints()
    )
    assert [entry["levtype"] for entry in told] == [["sfc"], ["pl"]]
    assert told[0]["date"] == ["20200101/to/20391231"]
    for unknown in ("climate-dt", "climate-dt_ScenarioMIP_SSP9_ICON"):
        assert httpx.get(f"{here}/{unknown}.json", trust_env=False).status_code == 404
