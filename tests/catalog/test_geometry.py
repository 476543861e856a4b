import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import shape

from catalog.geometry import Box, around, footprint, normalised

longitudes = st.floats(-360, 360).map(lambda x: round(x, 3))
latitudes = st.floats(-90, 90).map(lambda x: round(x, 3))


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        ((0.0, -90.0, 359.75, 90.0), (0.0, -90.0, -0.25, 90.0)),
        ((0.0, -90.0, 360.0, 90.0), (-180.0, -90.0, 180.0, 90.0)),
        ((170.0, -10.0, 190.0, 10.0), (170.0, -10.0, -170.0, 10.0)),
        ((180.0, 0.0, -170.0, 1.0), (-180.0, 0.0, -170.0, 1.0)),
        ((170.0, 0.0, -180.0, 1.0), (170.0, 0.0, 180.0, 1.0)),
        ((5.0, 45.0, 10.0, 50.0), (5.0, 45.0, 10.0, 50.0)),
    ],
)
def test_longitudes_come_within_180_degrees(came: Box, expected: Box) -> None:
    assert normalised(came) == expected


@given(longitudes, latitudes, longitudes, latitudes)
def test_a_footprint_is_valid_and_within_the_globe(w: float, s: float, e: float, n: float) -> None:
    box = normalised((min(w, e), min(s, n), max(w, e), max(s, n)))
    drawn = shape(footprint(box))

    assert drawn.is_valid
    assert -180 <= drawn.bounds[0] <= drawn.bounds[2] <= 180


def test_a_box_across_the_antimeridian_is_drawn_in_two() -> None:
    drawn = footprint((170.0, -10.0, -170.0, 10.0))

    assert drawn["type"] == "MultiPolygon"
    assert shape(drawn).area == pytest.approx(20 * 20)


def test_a_place_is_a_point() -> None:
    assert footprint((7.0, 50.0, 7.0, 50.0)) == {"type": "Point", "coordinates": [7.0, 50.0]}


def test_around_boxes_across_the_antimeridian_lies_the_whole_circle() -> None:
    assert around([(170.0, 0.0, -170.0, 5.0), (0.0, -5.0, 1.0, 1.0)]) == (-180.0, -5.0, 180.0, 5.0)
