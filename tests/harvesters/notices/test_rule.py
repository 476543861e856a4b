from datetime import timedelta

import pytest
from pydantic import ValidationError

from harvesters.notices.rule import Wake
from lake.ledger.notices import Hint
from lake.nouns import Window
from tests.makers import NEW_YEAR, a_day

HOUR = timedelta(hours=1)


def a_hint(
    source: str = "aviso", collection: str | None = None, window: Window | None = None, **keys: str
) -> Hint:
    return Hint(1, source, collection, window, keys, NEW_YEAR)


def test_every_key_must_match_and_a_star_stands_for_anything() -> None:
    rule = Wake(source="aviso", match={"class": "d1", "levtype": "*"})

    assert rule.wakes("any", a_hint(**{"class": "d1", "levtype": "sfc"}))
    assert not rule.wakes("any", a_hint(**{"class": "d1"}))
    assert not rule.wakes("any", a_hint(**{"class": "od", "levtype": "sfc"}))
    assert not rule.wakes("any", a_hint("wis2", **{"class": "d1", "levtype": "sfc"}))


def test_without_a_match_the_notice_must_name_the_collection() -> None:
    rule = Wake(source="webhook")

    assert rule.wakes("sst", a_hint("webhook", "sst"))
    assert not rule.wakes("sst", a_hint("webhook", "era5"))
    assert not rule.wakes("sst", a_hint("webhook"))


def test_the_named_time_is_harvested_with_a_margin() -> None:
    assert Wake(source="aviso").window(a_hint(window=a_day())) == Window(
        a_day().start - HOUR, a_day().end + HOUR
    )


def test_without_a_named_time_the_recent_past_is_harvested() -> None:
    assert Wake(source="aviso", recent_hours=6).window(a_hint()) == Window(
        NEW_YEAR - 6 * HOUR, NEW_YEAR
    )


def test_a_notice_of_centuries_wakes_nothing() -> None:
    centuries = Window(NEW_YEAR - timedelta(days=36500), NEW_YEAR)

    assert Wake(source="aviso").window(a_hint(window=centuries)) is None


def test_a_source_that_nobody_reads_is_a_mistake_in_the_file() -> None:
    with pytest.raises(ValidationError, match="expected one of webhook"):
        Wake(source="avisio")
