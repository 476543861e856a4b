"""What an archive has of what is asked, by its constraints and by a source's own word."""

from typing import Any

import pytest
from pydantic import ValidationError

from harvesters.constraints import Holding, Promise, promised
from harvesters.source import Source

FORECAST: dict[str, Any] = {
    "class": "d1",
    "param": ["167", "228"],
    "step": ["0", "6", "12"],
    "date": "20240201/to/20240202",
    "time": ["00:00"],
}
PLANNED = 2 * 3 * 2
COMMON = {"class": ["d1"], "date": ["20230101/to/20241231"], "time": ["0000"]}
ENTRIES = (
    {**COMMON, "param": ["167"], "step": ["0", "6", "12"]},
    {**COMMON, "param": ["228"], "step": ["6", "12"]},
)
REANALYSIS: dict[str, Any] = {
    "variable": ["t", "z"],
    "pressure_level": ["500", "850"],
    "year": ["2024"],
    "month": ["02"],
    "day": ["28", "29"],
    "time": ["00:00", "12:00"],
}


def test_without_constraints_all_that_is_asked_is_promised() -> None:
    assert promised(FORECAST, PLANNED, Holding()) == Promise(PLANNED)


def test_a_parameter_without_step_0_is_named_and_not_promised() -> None:
    assert promised(FORECAST, PLANNED, Holding.of(ENTRIES)) == Promise(
        PLANNED - 2, ("param 228 step 0",)
    )


def test_what_is_there_on_some_days_only_is_counted() -> None:
    until = {**COMMON, "date": ["20230101/20240201"], "param": ["167", "228"]}

    assert promised(FORECAST, PLANNED, Holding.of((until,))).absent[:2] == (
        "param 167 step 0 (1 of 2 fields)",
        "param 167 step 6 (1 of 2 fields)",
    )
    assert promised(FORECAST, PLANNED, Holding.of((until,))).fields == PLANNED // 2


def test_days_are_read_from_years_months_and_days() -> None:
    february = {"variable": ["t", "z"], "year": ["2024"], "month": ["02"], "day": ["28"]}
    found = promised(REANALYSIS, 16, Holding.of((february,)))

    assert found == Promise(8, ("variable t (4 of 8 fields)", "variable z (4 of 8 fields)"))


def test_entries_add_up_and_do_not_count_twice() -> None:
    whole = {"variable": ["t", "z"]}
    low = {"variable": ["t"], "pressure_level": ["850"]}

    assert promised(REANALYSIS, 16, Holding.of((whole, low))) == Promise(16)


def test_an_entry_for_another_class_promises_nothing() -> None:
    other = {**ENTRIES[0], "class": ["ng"], "param": ["167", "228"]}

    assert promised(FORECAST, PLANNED, Holding.of((*ENTRIES, other))).fields == PLANNED - 2


def test_constraints_that_know_nothing_of_a_request_are_named_and_not_believed() -> None:
    found = promised(FORECAST, PLANNED, Holding.of(({"param": ["2t"]},)))

    assert found.fields == PLANNED
    assert "its constraints know nothing of it" in found.absent[0]


@pytest.mark.parametrize(
    "lacking", [{"param": "228", "step": 0}, {"param": ["228", "999"], "step": ["0", "3"]}]
)
def test_what_a_source_says_is_absent_is_not_promised(lacking: dict[str, Any]) -> None:
    assert promised(FORECAST, PLANNED, Holding.of(None, (lacking,))) == Promise(
        PLANNED - 2, ("param 228 step 0",)
    )


def test_ranges_as_mars_writes_them_are_lists() -> None:
    ranged = {**FORECAST, "step": "0/to/12/by/6", "param": "167/228"}

    assert promised(ranged, PLANNED, Holding.of(ENTRIES)).absent == ("param 228 step 0",)


def test_much_that_is_lacking_is_named_by_its_beginning() -> None:
    asked = {"param": [str(n) for n in range(30)], "step": ["0"]}
    found = promised(asked, 30, Holding.of(({"param": ["0"]},)))

    assert (found.fields, len(found.absent), found.absent[-1]) == (1, 11, "and 19 more")


def test_a_date_that_is_none_is_held_against_itself() -> None:
    asked = {"param": ["1"], "date": "yesterday"}

    assert promised(asked, 1, Holding.of(({"date": ["yesterday"]},))) == Promise(1)
    assert promised({}, None, Holding.of(({"param": ["1"]},))) == Promise(None)


def test_what_cannot_be_counted_is_not_promised_and_still_named() -> None:
    assert promised(FORECAST, None, Holding.of(ENTRIES)) == Promise(None, ("param 228 step 0",))


@pytest.mark.parametrize("lacking", [{"parm": "228"}, {}])
def test_a_source_cannot_lack_what_is_no_keyword(lacking: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="expected combinations of"):
        Source(provider="p", collection="C", absent=(lacking,))
