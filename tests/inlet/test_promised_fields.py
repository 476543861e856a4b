"""An archive that has not all that is asked: what it promises is proven, the rest is listed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from inlet.harvest import Harvested, harvest
from inlet.house import House
from lake.ledger import progress, windows
from lake.nouns import Window
from sandbox.client import Sandbox
from tests.inlet.test_harvest_since_cursor import Change, house_of

__all__ = ["house_of"]

START = datetime(2024, 2, 1, tzinfo=UTC)
DAY = Window(START, START + timedelta(days=1))
HAS_NO_STEP_0 = "not in the archive: param 228 step 0"


def extremes(**more: object) -> Change:
    """Make the collection a forecast of the Extremes twin, whose precipitation has no step 0."""

    def change(found: dict[str, object]) -> None:
        source = {
            "provider": "sandbox_destine",
            "collection": "DT_EXTREMES",
            "split": "day",
            "key": "extremes-{start:%Y%m%d}",
            "queries": {
                "surface": {
                    "ecmwf:stream": "oper",
                    "ecmwf:levtype": "sfc",
                    "ecmwf:param": ["167", "228"],
                    "ecmwf:time": ["00:00"],
                    "ecmwf:step": ["0", "6", "12"],
                }
            },
        }
        found["sources"] = [{**source, **more}]
        found.pop("quality", None)

    return change


def harvested(house: House, day: Window = DAY) -> tuple[Harvested, str | None]:
    done = harvest(house, "climate-dt", day)
    with house.ledger.begin() as tx:
        return done, windows.recent(tx, 1)[0][0].reason


def test_a_field_that_the_archive_does_not_have_is_listed_and_not_waited_for(
    house_of: Callable[[str, Change], House],
) -> None:
    done, noted = harvested(house_of("climate-dt", extremes()))

    assert (done.published, done.left_out) == (1, 0)
    assert noted == HAS_NO_STEP_0


def test_one_field_less_than_is_promised_is_found_out(
    house_of: Callable[[str, Change], House], sandbox: Sandbox
) -> None:
    house = house_of("climate-dt", extremes())
    with sandbox.fault("result_missing_fields", provider="polytope", times=1):
        done, _ = harvested(house)
    with house.ledger.begin() as tx:
        reasons = [trouble.reason for trouble in progress.troubles(tx, "climate-dt")]

    assert (done.published, done.left_out) == (0, 1)
    assert any("expected 5 fields, came 4" in reason for reason in reasons)


@pytest.mark.parametrize(("absent", "published"), [([{"param": 228, "step": 0}], 1), ([], 0)])
def test_where_no_constraints_are_published_the_source_says_what_is_absent(
    house_of: Callable[[str, Change], House],
    sandbox: Sandbox,
    absent: list[dict[str, int]],
    published: int,
) -> None:
    house = house_of("climate-dt", extremes(absent=absent))
    with sandbox.fault("unavailable", provider="polytope", subject="constraints", status=404):
        done, noted = harvested(house)

    assert done.published == published
    assert noted == (HAS_NO_STEP_0 if absent else None)


def test_a_day_that_the_archive_does_not_have_yet_is_listed_as_such(
    house_of: Callable[[str, Change], House],
) -> None:
    a_year_later = Window(DAY.start.replace(year=2025), DAY.end.replace(year=2025))
    done, noted = harvested(house_of("climate-dt", extremes()), a_year_later)

    assert (done.no_data, done.published, done.left_out) == (1, 0, 0)
    assert "perhaps all, since its constraints know nothing of it" in (noted or "")
