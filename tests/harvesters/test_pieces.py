from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvesters.errors import Misconfigured
from harvesters.pieces import Piece, pieces
from lake.nouns import Window

HOUR = timedelta(hours=1)
START = datetime(2024, 1, 30, tzinfo=UTC)


def moments(piece: Piece) -> list[datetime]:
    """Return what an order of the piece holds: each of its days at each of its times."""
    times = piece.query["ecmwf:time"]
    assert isinstance(times, list)
    days = (piece.last.date() - piece.window.start.date()).days + 1
    midnight = piece.window.start.replace(hour=0)
    return [
        midnight + timedelta(days=day, hours=int(str(time)[:2]))
        for day in range(days)
        for time in times
    ]


@given(st.integers(0, 24 * 70), st.integers(1, 24 * 70), st.sampled_from(["day", "month"]))
def test_orders_hold_every_hour_of_the_window_once_and_no_other(
    offset: int, hours: int, split: str
) -> None:
    start = START + offset * HOUR
    cut = pieces(Window(start, start + hours * HOUR), split, {})  # type: ignore[arg-type]

    held = sorted(moment for piece in cut for moment in moments(piece))
    assert held == [start + n * HOUR for n in range(hours)]


def test_a_month_is_one_order() -> None:
    whole = Window(datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC))
    (piece,) = pieces(whole, "month", {"ecmwf:time": ["00:00", "0600"], "ecmwf:variable": ["t"]})

    assert piece.window == whole
    assert piece.last == datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)
    assert piece.query == {"ecmwf:time": ["00:00", "0600"], "ecmwf:variable": ["t"]}


def test_a_piece_that_holds_none_of_the_times_is_not_ordered() -> None:
    morning = Window(START, START + 6 * HOUR)

    assert list(pieces(morning, "day", {"ecmwf:time": ["12:00"]})) == []


def test_null_asks_for_days_without_naming_times() -> None:
    (piece,) = pieces(Window(START, START + 24 * HOUR), "day", {"ecmwf:time": None})

    assert piece.query == {}


@pytest.mark.parametrize("times", [["noon"], 6, {"a": 1}])
def test_times_that_are_none_are_refused(times: object) -> None:
    window = Window(START, START + HOUR)

    with pytest.raises(Misconfigured, match="expected times"):
        list(pieces(window, "day", {"ecmwf:time": times}))  # type: ignore[dict-item]
