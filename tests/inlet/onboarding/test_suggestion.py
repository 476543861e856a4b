"""What a sample proposes lets the sample itself through, and little more."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inlet.onboarding.blueprint import Blueprint
from inlet.onboarding.findings import Probe, Sample
from inlet.onboarding.suggestion import completed, widened

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(NUMBERS, NUMBERS)
@example(-1.797e308, -1.797e308)
def test_a_proposed_range_holds_what_was_seen_and_is_a_range(one: float, other: float) -> None:
    low, high = sorted((one, other))

    least, most = widened(low, high)

    assert least <= low <= high <= most
    assert least < most
    assert math.isfinite(least)
    assert math.isfinite(most)


def test_a_range_is_written_as_people_write_one_and_what_is_never_negative_stays_so() -> None:
    assert widened(271.3, 304.8) == (230.0, 340.0)
    assert widened(0.0, 0.97) == (0.0, 2.0)
    assert widened(5.0, 5.0) == (0.0, 10.0)


@pytest.mark.parametrize("first", ["", "# kept by hand\n"])
def test_a_file_is_completed_below_what_it_says(first: str) -> None:
    path, text = "collections/sst.yaml", f"{first}id: sst\nsources:\n  - provider: p\n"
    sample = Sample("sst", "sst-1", 1, 1.0, (), {"time": 1})
    probe = Probe("p", datetime(2024, 1, 1, tzinfo=UTC), 1.0, (), (sample,))

    after = completed(Blueprint("p", {path: text}), probe).files[path]

    assert after.startswith(text)
    assert after.count("id: sst") == 1
    assert "recipe:" in after
