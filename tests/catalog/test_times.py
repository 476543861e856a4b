from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import BadQuery
from catalog.times import from_text, to_text


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_written_and_read_is_the_same(moment: datetime) -> None:
    assert from_text(to_text(moment)) == moment


def test_times_are_written_in_utc() -> None:
    east = datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))

    assert to_text(east) == "2024-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "text", ["2024-01-01", "2024-01-01T00:00:00", "now", "", "2024-13-01T00:00:00Z"]
)
def test_what_is_no_rfc_3339_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadQuery, match="write it as 2024-01-31T00:00:00Z"):
        from_text(text)
