"""How often data come and how late is read from what a provider lists."""

from datetime import timedelta

import pytest

from harvesters.gateway import Product
from inlet.onboarding import cadence
from lake.nouns import Window
from tests.makers import NEW_YEAR


def products(spacing: timedelta, lag: timedelta | None, count: int = 8) -> list[Product]:
    found = []
    for number in range(count):
        start = NEW_YEAR + number * spacing
        window = Window(start, start + timedelta(minutes=1))
        stamp = None if lag is None else (window.end + lag).isoformat()
        found.append(Product(str(number), "", window, stamp, False, ""))
    return found


@pytest.mark.parametrize(
    ("spacing", "schedule"),
    [
        (timedelta(minutes=10), "7 * * * *"),
        (timedelta(hours=6), "7 */3 * * *"),
        (timedelta(days=1), "7 6 * * *"),
        (timedelta(days=30), "7 6 * * 1"),
    ],
)
def test_a_harvest_comes_somewhat_oftener_than_the_data(spacing: timedelta, schedule: str) -> None:
    assert cadence.of("c", products(spacing, timedelta(hours=1))).schedule == schedule


def test_data_may_come_twice_as_late_as_they_were_seen_to() -> None:
    assert cadence.of("c", products(timedelta(days=1), timedelta(hours=5))).lateness == "PT10H"


def test_what_was_published_years_later_says_nothing_of_lateness() -> None:
    found = cadence.of("c", products(timedelta(days=1), timedelta(days=900)))

    assert found.lateness is None
    assert found.latest_seconds is not None


def test_too_few_products_propose_nothing() -> None:
    found = cadence.of("c", products(timedelta(days=1), None, count=2))

    assert (found.schedule, found.lateness) == (None, None)
