"""Equal requests have one name; what is none is refused with all that is wrong."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from harvesters.errors import NotHonoured
from harvesters.quotas import Lane
from harvesters.request import CODES, HarvestRequest, read
from harvesters.selection import Area
from lake.nouns import Window
from tests.makers import NEW_YEAR, a_day

SAID = {"collection": "sst", "start": "2024-01-01", "end": "2024-01-02T00:00:00Z"}
ASKED = HarvestRequest("sst", a_day(), frozenset({"a", "b"}), Area(0, 0, 1, 1))


def test_what_is_written_differently_and_means_the_same_has_one_digest() -> None:
    east = timezone(timedelta(hours=2))
    shifted = Window(a_day().start.astimezone(east), a_day().end.astimezone(east))
    first = read({**SAID, "ids": ["b", "a", "a"]}, "ada")
    second = read({**SAID, "start": "2024-01-01T02:00:00+02:00", "ids": ["a", "b"]}, "ada")

    assert first.digest == second.digest
    assert ASKED.digest == replace(ASKED, window=shifted).digest


@pytest.mark.parametrize(
    "change",
    [
        {"collection": "era5"},
        {"window": a_day(1)},
        {"ids": frozenset({"a"})},
        {"area": None},
        {"variables": frozenset({"t"})},
        {"force": True},
        {"lane": Lane.BACKFILL},
        {"requester": "bob"},
        {"occasion": "again"},
    ],
)
def test_whatever_else_is_asked_or_by_another_has_another_digest(
    change: dict[str, object],
) -> None:
    assert replace(ASKED, **change).digest != ASKED.digest  # type: ignore[arg-type]


def test_a_request_is_read_back_as_it_was_written() -> None:
    assert read(ASKED.document, "") == ASKED


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"start": "2024-01-03"}, "start before end"),
        ({"start": "soon"}, "start"),
        ({"area": [0, 0, 1]}, "area"),
        ({"area": [0, 50, 1, 40]}, "south first"),
        ({"area": [0, 0, 1, 91]}, "latitudes"),
        ({"area": [5, 0, 5, 1]}, "a line"),
        ({"ids": "a"}, "ids"),
        ({"force": "yes"}, "force"),
        ({"lane": "fast"}, "lane"),
        ({"colour": 1}, "colour"),
        ({"collection": ""}, "collection"),
    ],
)
def test_what_is_no_request_is_refused_and_what_is_wrong_is_named(
    wrong: dict[str, object], named: str
) -> None:
    with pytest.raises(NotHonoured, match=named) as refused:
        read({**SAID, **wrong}, "ada")

    assert refused.value.code in CODES


@pytest.mark.parametrize("document", [None, [], "sst", 3, {}])
def test_other_things_than_a_request_are_refused(document: object) -> None:
    with pytest.raises(NotHonoured):
        read(document, "ada")


def test_times_without_a_zone_are_utc() -> None:
    assert read(SAID, "").window == Window(NEW_YEAR, NEW_YEAR + timedelta(days=1))
    assert isinstance(NEW_YEAR, datetime)
