"""What a sample proposes lets the sample itself through, and little more."""

from hypothesis import given
from hypothesis import strategies as st

from inlet.onboarding.suggestion import widened

NUMBERS = st.floats(-1e12, 1e12, allow_nan=False)


@given(NUMBERS, NUMBERS)
def test_a_proposed_range_holds_what_was_seen_and_is_a_range(one: float, other: float) -> None:
    low, high = sorted((one, other))

    least, most = widened(low, high)

    assert least <= low <= high <= most
    assert least < most


def test_a_range_is_written_as_people_write_one_and_what_is_never_negative_stays_so() -> None:
    assert widened(271.3, 304.8) == (230.0, 340.0)
    assert widened(0.0, 0.97) == (0.0, 2.0)
    assert widened(5.0, 5.0) == (0.0, 10.0)
