"""Boxes around grids."""

import numpy as np
import pytest

from transforms.grids.extent import bounding_box, union


@pytest.mark.parametrize(
    ("longitudes", "west", "east"),
    [
        (np.arange(0, 360, 2.5), -180.0, 180.0),
        (np.arange(-180, 180, 0.75), -180.0, 180.0),
        (np.arange(-10, 3), -10.0, 2.0),
        (np.arange(350, 371), -10.0, 10.0),
        (np.arange(170, 191), 170.0, -170.0),
        (np.array([7.0]), 7.0, 7.0),
    ],
)
def test_a_box_is_the_narrowest_around_its_points(
    longitudes: np.ndarray, west: float, east: float
) -> None:
    assert bounding_box(np.array([-5.0, 5.0]), longitudes) == (west, -5.0, east, 5.0)


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([(0, 0, 10, 5), (20, -5, 30, 0)], (0, -5, 30, 5)),
        ([(170, 0, -170, 5), (-175, 0, -160, 9)], (170, 0, -160, 9)),
        ([(-180, -90, 180, 90), (0, 0, 1, 1)], (-180, -90, 180, 90)),
        ([(10, 0, 20, 5)], (10, 0, 20, 5)),
        ([(-10, 0, 20, 5), (5, 0, 10, 5)], (-10, 0, 20, 5)),
    ],
)
def test_a_union_holds_all_boxes(
    boxes: list[tuple[float, float, float, float]], expected: tuple[float, ...]
) -> None:
    assert union(boxes) == expected
