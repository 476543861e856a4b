from datetime import timedelta

from inlet.spans import merged, whole_days
from lake.nouns import Window
from tests.makers import NEW_YEAR, a_day

HOUR = timedelta(hours=1)


def test_what_lies_close_together_is_one_and_what_does_not_is_two() -> None:
    hours = [Window(NEW_YEAR + n * HOUR, NEW_YEAR + (n + 1) * HOUR) for n in (5, 0, 1, 3)]

    assert merged(hours, HOUR) == [Window(NEW_YEAR, NEW_YEAR + 6 * HOUR)]
    assert len(merged(hours, timedelta(0))) == 3


def test_a_window_within_another_adds_nothing() -> None:
    assert merged([a_day(), Window(NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR)], HOUR) == [a_day()]


def test_whole_days_hold_the_window_and_no_more() -> None:
    assert whole_days(a_day()) == a_day()
    assert whole_days(Window(NEW_YEAR + HOUR, NEW_YEAR + 2 * HOUR)) == a_day()
