from datetime import UTC, datetime, timedelta

from harvesters.fields_planned import fields_planned
from harvesters.pieces import pieces
from harvesters.queries import Query
from lake.nouns import Window

START = datetime(2024, 2, 1, tzinfo=UTC)
QUERY: Query = {"ecmwf:param": "165/167", "ecmwf:levelist": "1/2/3"}


def planned(days: float, split: str = "day", query: Query = QUERY) -> list[int | None]:
    window = Window(START, START + timedelta(days=days))
    return [fields_planned(p) for p in pieces(window, split, query)]  # type: ignore[arg-type]


def test_a_day_is_planned_at_every_hour_that_is_not_named() -> None:
    assert planned(2) == [2 * 3 * 24, 2 * 3 * 24]


def test_part_of_a_day_is_planned_as_such() -> None:
    assert planned(0.5) == [2 * 3 * 12]


def test_a_month_is_planned_by_its_days() -> None:
    assert planned(29, "month", {**QUERY, "ecmwf:time": ["00:00"]}) == [2 * 3 * 29]


def test_what_cannot_be_told_is_none() -> None:
    assert planned(1, query={"ecmwf:levtype": "sfc"}) == [None]
