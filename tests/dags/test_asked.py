"""What a run harvests: half-open, and right for scheduled, backfilled and manual runs."""

from datetime import timedelta
from typing import Any

import pytest

from dags.asked import lane_of, window_of
from harvesters.errors import NotHonoured
from harvesters.quotas import Lane
from lake.nouns import Window
from tests.makers import NEW_YEAR, a_day

DAY = timedelta(days=1)
GIVEN = {"start": "2024-01-01", "end": "2024-01-02T00:00:00Z"}


@pytest.mark.parametrize("kind", ["scheduled", "manual", "backfill", "asset_triggered"])
def test_a_window_that_is_given_is_what_every_run_harvests(kind: str) -> None:
    assert window_of(kind, GIVEN, a_day(9).start, a_day(9).end) == a_day()


@pytest.mark.parametrize("kind", ["scheduled", "manual", "asset_triggered"])
def test_a_run_without_a_window_goes_on_from_the_cursor(kind: str) -> None:
    assert window_of(kind, {}, NEW_YEAR, NEW_YEAR + DAY) is None


def test_a_backfilled_run_harvests_its_own_interval_and_no_other() -> None:
    assert window_of("backfill", {}, NEW_YEAR, NEW_YEAR + DAY) == Window(NEW_YEAR, NEW_YEAR + DAY)


@pytest.mark.parametrize(
    "params",
    [
        {"start": "2024-01-01"},
        {"end": "2024-01-01"},
        {"ids": ["a"]},
        {"force": True},
        {"start": "2024-01-02", "end": "2024-01-01"},
        {"start": "0001-01-01T00:00:00+14:00", "end": "2024-01-01"},
    ],
)
def test_what_makes_no_window_or_a_choice_without_one_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(NotHonoured) as refused:
        window_of("manual", params, None, None)

    assert refused.value.code == "bad-request"


@pytest.mark.parametrize("params", [{"ids": ["a"]}, {**GIVEN, "force": True}])
def test_a_backfill_harvests_its_intervals_whole(params: dict[str, Any]) -> None:
    with pytest.raises(NotHonoured, match="without"):
        window_of("backfill", params, NEW_YEAR, NEW_YEAR + DAY)


@pytest.mark.parametrize(
    ("kind", "params", "lane"),
    [
        ("scheduled", {}, Lane.FORWARD),
        ("backfill", {"lane": None}, Lane.BACKFILL),
        ("manual", {}, Lane.ON_DEMAND),
        ("manual", {"lane": "backfill"}, Lane.BACKFILL),
    ],
)
def test_a_run_has_the_lane_of_its_kind_unless_another_is_asked_for(
    kind: str, params: dict[str, Any], lane: Lane
) -> None:
    assert lane_of(kind, params) is lane
