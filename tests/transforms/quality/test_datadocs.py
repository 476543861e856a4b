import math
import re

import pytest

from tests.transforms.quality.makers import cube, field, metrics, physical, series
from transforms.quality.datadocs import render
from transforms.quality.judge import judge
from transforms.quality.suite import Suite

SUITE = Suite.model_validate(
    {"complete": {"times": 24}, "drift": {"t2m": {"mean_within": 5}}, "frozen_fields": "forbidden"}
)


def page_of(rows, title="era5/2026-01-01") -> str:
    return render(judge(cube(), metrics(*rows), SUITE, physical).answers, title)


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = page_of([field(maximum=999.0)])

    assert re.findall(r"https?:|<script|<link|<img|href=|src=|url\(|@import", page) == []


def test_every_table_has_its_chapter_and_ids_are_told_apart() -> None:
    page = page_of(series(24))
    ids = re.findall(r'\bid="([^"]+)"', page)

    assert re.findall(r"<h2>(\w+)</h2>", page) == [
        *("Fields", "Variables", "Completeness", "Structure", "Drift")
    ]
    assert len(set(ids)) == len(ids)


def test_what_failed_is_named_with_its_place() -> None:
    page = page_of([*series(23), field(23, maximum=999.0)])

    assert "1 unexpected values found" in page
    assert "t2m 2026-01-01T23:00:00Z" in page


def test_the_same_answers_give_the_same_page() -> None:
    assert page_of(series(3)) == page_of(series(3))


def test_names_from_outside_cannot_write_html() -> None:
    page = page_of([field(variable="<script>", maximum=999.0)], title="<img src=x>")

    assert "&lt;script&gt; 2026" in page
    assert "<script>" not in page
    assert "<img" not in page


def test_an_empty_cube_has_a_page_too() -> None:
    assert "<h2>Variables</h2>" in page_of([])


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_that_are_none_have_a_page_too(value: float) -> None:
    rows = [field(n, minimum=value, maximum=value, mean=value, std=value) for n in range(25)]

    assert "unexpected values found" in page_of(rows)
