"""How values look to people."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.pages.drawing import age, drawing, span, weight
from portal.pages.opening import ways
from portal.pages.world import outline

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (7_300, "2 h"),
        (3_456_000, "40 d"),
        (1e8, "3.2 y"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(seconds: float, said: str) -> None:
    assert age(seconds) == said


@pytest.mark.parametrize(("count", "said"), [(0, "0 B"), (999, "999 B"), (17_100_000, "17.1 MB")])
def test_bytes_are_said_in_si(count: int, said: str) -> None:
    assert weight(count) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [("12 MB", "12 MB"), (True, "True"), (-5, "-5"), (float("nan"), "nan"), (10**309, "1000000")],
)
def test_what_is_no_count_of_bytes_is_said_as_it_stands(count: object, said: str) -> None:
    assert weight(count).startswith(said)
    assert len(weight(count)) < 50


@pytest.mark.parametrize(
    ("lasting", "said"),
    [
        (timedelta(0), "2024-01-01 12:00"),
        (timedelta(hours=3), "2024-01-01 12:00 \u2013 15:00"),
        (timedelta(hours=24), "2024-01-01 12:00 \u2013 2024-01-02 12:00"),
    ],
)
def test_an_interval_is_as_short_as_it_can_be(lasting: timedelta, said: str) -> None:
    assert span(NOON, NOON + lasting) == said


def test_whole_days_go_without_hours() -> None:
    start = NOON.replace(hour=0)

    assert span(start, start + timedelta(days=2)) == "2024-01-01 \u2013 2024-01-03"


def test_a_time_can_be_pointed_at_for_its_exact_moment() -> None:
    template = drawing.from_string("{{ moment|ago }}")

    said = template.render(moment=NOON, now=NOON + timedelta(hours=3))

    assert ">3 h ago<" in said
    assert 'title="2024-01-01 12:00:00 UTC"' in said


def test_a_box_over_the_antimeridian_has_two_rectangles() -> None:
    found = outline((170, -10, -170, 10))

    assert found.boxes == ((170, -10, 10, 20), (-180, -10, 10, 20))
    assert found.ring is None


def test_a_small_box_gets_a_ring_around_its_middle() -> None:
    assert outline((10, 40, 12, 41)).ring == (11, -40.5)
    assert outline((179, 0, -179, 1)).ring == (-180, -0.5)


def test_the_whole_world_is_one_rectangle() -> None:
    assert outline((0, -90, 360, 90)).boxes == ((-180, -90, 360, 180),)


def test_a_tree_is_opened_whole_and_its_groups_each_by_itself() -> None:
    zarr = {"type": "application/vnd.zarr; version=3"}
    assets = {
        "cube": zarr | {"href": "s3://b/c.zarr"},
        "sfc": zarr | {"href": "s3://b/c.zarr/sfc"},
    }

    whole, group = ways({"assets": assets})

    assert "open_datatree('s3://b/c.zarr'" in str(whole.code)
    assert "open_zarr('s3://b/c.zarr/sfc')" in str(group.code)


def test_a_growing_cube_is_opened_at_its_snapshot() -> None:
    asset = {"type": "application/vnd.zarr+icechunk", "href": "s3://b/g/era5", "version": "Q1"}

    [way] = ways({"assets": {"growing": asset}})

    assert "s3_storage(bucket='b', prefix='g/era5', from_env=True)" in str(way.code)
    assert "readonly_session(snapshot_id='Q1')" in str(way.code)
