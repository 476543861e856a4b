import math

from tests.transforms.quality.makers import field, metrics, series
from transforms.quality.sparkline import MOST_POINTS, sparkline


def test_a_course_is_a_band_and_a_line() -> None:
    drawn = sparkline(metrics(*series(5)))

    assert drawn.count("<polygon") == 1
    assert len(drawn.split("<polyline")[1].split('"')[1].split()) == 5


def test_a_long_course_is_thinned() -> None:
    drawn = sparkline(metrics(*series(700)))

    assert len(drawn.split("<polyline")[1].split('"')[1].split()) <= MOST_POINTS


def test_one_field_is_a_dot_and_an_empty_one_nothing() -> None:
    nothing = {"minimum": math.nan, "mean": math.nan, "maximum": math.nan}

    assert "<circle" in sparkline(metrics(field()))
    assert sparkline(metrics(field(**nothing))) == ""
