import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.errors import BadQuery
from catalog.geometry import Box
from catalog.search import Found, Interval, Query, flat_box, published, search
from lake.ledger.ledger import Ledger
from lake.ledger.schema import item
from tests.catalog import makers
from tests.makers import NEW_YEAR, StillClock, a_ledger

# few values, so that touching edges and whole circles come up often
longitudes = st.sampled_from([-180.0, -170.0, -10.0, 0.0, 0.5, 10.0, 170.0, 180.0])
latitudes = st.sampled_from([-90.0, -10.0, 0.0, 10.0, 90.0])
moments = st.integers(0, 6).map(lambda day: NEW_YEAR + timedelta(days=day))
boxes = st.builds(
    lambda w, e, lats: (w, min(lats), e, max(lats)),
    longitudes,
    longitudes,
    st.tuples(latitudes, latitudes),
)
spans_of_time = st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair)))
solid_boxes = boxes.map(lambda b: (b[0], b[1], 0.0, b[2], b[3], 1000.0))


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return a_ledger(tmp_path_factory.mktemp("search"))


def a_row(number: int, box: Box, span: tuple[datetime, datetime]) -> dict[str, object]:
    west, south, east, north = box
    return {
        "collection": "c",
        "key": f"k{number}",
        "revision": "r",
        "sequence": 1,
        "state": "published",
        "stac": {},
        "start_at": span[0],
        "end_at": span[1],
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "published_at": NEW_YEAR,
        "created_at": NEW_YEAR,
        "updated_at": NEW_YEAR,
    }


def longitudes_of(box: Box) -> list[float]:
    """Every longitude of a half-degree grid that a box covers: a slow but plain reference."""
    around = [step / 2 for step in range(-360, 361)]
    west, _, east, _ = box
    if west <= east:
        return [x for x in around if west <= x <= east]
    return [x for x in around if x >= west or x <= east]


def meet(one: Box, other: Box) -> bool:
    in_latitude = one[1] <= other[3] and other[1] <= one[3]
    return in_latitude and bool(set(longitudes_of(one)) & set(longitudes_of(other)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(boxes, spans_of_time), min_size=1, max_size=6),
    st.one_of(boxes, solid_boxes),
    spans_of_time,
    st.booleans(),
    st.booleans(),
)
def test_search_finds_just_what_a_plain_comparison_finds(
    ledger: Ledger,
    stored: list[tuple[Box, tuple[datetime, datetime]]],
    bbox: tuple[float, ...],
    span: tuple[datetime, datetime],
    from_ever: bool,
    for_ever: bool,
) -> None:
    start = None if from_ever else span[0]
    end = None if for_ever else span[1]
    wanted = {
        f"k{number}"
        for number, (box, (first, last)) in enumerate(stored)
        if meet(box, flat_box(bbox))
        and (start is None or last >= start)
        and (end is None or first <= end)
    }
    with ledger.begin() as tx:
        rows = [a_row(number, box, time) for number, (box, time) in enumerate(stored)]
        tx.connection.execute(item.insert(), rows)
        found = search(tx, Query(bbox=bbox, interval=Interval(start, end)))
        tx.connection.rollback()

    assert {f.key for f in found} == wanted
    assert [f.start for f in found] == sorted((f.start for f in found), reverse=True)


class TestOverPublishedItems:
    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Ledger:
        clock = StillClock()
        ledger = a_ledger(tmp_path, clock)
        for day in range(3):
            start = NEW_YEAR + timedelta(days=day)
            cube = makers.a_cube(start=start, end=start, bbox=(0.0, 0.0, 5.0, 5.0))
            makers.published(ledger, f"day-{day}", f"content {day}", cube=cube)
        cube = makers.a_cube(bbox=(170.0, -10.0, -170.0, 10.0))
        makers.published(ledger, "pacific", "sea", collection="climate", cube=cube)
        return ledger

    def found(self, ledger: Ledger, query: Query) -> list[Found]:
        with ledger.begin() as tx:
            return search(tx, query)

    def test_without_conditions_the_latest_come_first(self, ledger: Ledger) -> None:
        keys = [f.key for f in self.found(ledger, Query())]

        assert keys == ["day-2", "day-1", "pacific", "day-0"]

    def test_collections_and_ids_narrow_it(self, ledger: Ledger) -> None:
        query = Query(collections=("era5", "none"), ids=("day-1", "pacific"))

        assert [f.key for f in self.found(ledger, query)] == ["day-1"]

    def test_no_more_than_the_limit_come(self, ledger: Ledger) -> None:
        assert [f.key for f in self.found(ledger, Query(limit=1))] == ["day-2"]

    def test_a_box_across_the_antimeridian_finds_what_lies_on_either_side(
        self, ledger: Ledger
    ) -> None:
        for bbox in ((175, 0, 178, 1), (-178, 0, -175, 1), (160, 0, -175, 1)):
            assert [f.key for f in self.found(ledger, Query(bbox=bbox))] == ["pacific"]

    def test_only_the_newest_revision_is_found_with_its_item(self, ledger: Ledger) -> None:
        newer = makers.published(ledger, "day-1", "other content")
        (found,) = self.found(ledger, Query(ids=("day-1",)))

        assert found.revision == newer.revision
        assert json.loads(found.stac)["properties"] == json.loads(newer.stac)["properties"]

    def test_a_collection_is_given_whole(self, ledger: Ledger) -> None:
        with ledger.begin() as tx:
            assert [f.key for f in published(tx, "era5")] == ["day-0", "day-1", "day-2"]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024-01-01T00:00:00Z", 1, 1),
        ("2024-01-01T00:00:00Z/2024-01-02T00:00:00+00:00", 1, 2),
        ("2024-01-01T00:00:00Z/..", 1, None),
        ("/2024-01-02T00:00:00Z", None, 2),
    ],
)
def test_intervals_are_read_as_stac_writes_them(
    text: str, start: int | None, end: int | None
) -> None:
    def day(number: int | None) -> datetime | None:
        return None if number is None else datetime(2024, 1, number, tzinfo=UTC)

    assert Interval.parse(text) == Interval(day(start), day(end))


@pytest.mark.parametrize(
    "text",
    ["../..", "/", "2024-01-02T00:00:00Z/2024-01-01T00:00:00Z", "2024-01-01", "a/b", "1/2/3"],
)
def test_intervals_without_meaning_are_refused(text: str) -> None:
    with pytest.raises(BadQuery):
        Interval.parse(text)


@pytest.mark.parametrize(
    "bbox",
    [
        (0.0, 0.0, 1.0),
        (0.0, 10.0, 1.0, 0.0),
        (0.0, 0.0, 361.0, 1.0),
        (0.0, float("nan"), 1.0, 1.0),
        (0.0, 0.0, 9.0, 1.0, 1.0, 2.0),
    ],
)
def test_boxes_without_meaning_are_refused(bbox: tuple[float, ...]) -> None:
    with pytest.raises(BadQuery):
        Query(bbox=bbox)


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_limits_without_meaning_are_refused(limit: int) -> None:
    with pytest.raises(BadQuery, match="limit"):
        Query(limit=limit)
