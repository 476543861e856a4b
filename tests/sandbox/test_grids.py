import eccodes
import numpy as np
import pytest

from sandbox.grib import Label, Template, message
from sandbox.grids import Grid, HealpixGrid, OctahedralGrid, RegularGrid, points_of
from tests.sandbox.test_grib import REFERENCE

GRIDS = [
    (1, RegularGrid(1.0)),
    (1, RegularGrid(0.5, north=60, west=-10, south=40, east=20)),
    (2, RegularGrid(2.5)),
    (2, OctahedralGrid(32)),
    (2, HealpixGrid(16, nested=True)),
    (2, HealpixGrid(16, nested=False)),
]


@pytest.mark.parametrize(("edition", "grid"), GRIDS)
def test_points_lie_where_eccodes_finds_them(edition: int, grid: Grid) -> None:
    points = points_of(grid)
    values = np.arange(points.latitude.size, dtype=np.float64)
    label = Label(167, REFERENCE)
    handle = eccodes.codes_new_from_message(message(Template(edition, grid, ()), label, values))
    latitude = eccodes.codes_get_array(handle, "latitudes")
    longitude = eccodes.codes_get_array(handle, "longitudes")
    eccodes.codes_release(handle)

    np.testing.assert_allclose(latitude, points.latitude, atol=1e-3)
    np.testing.assert_allclose((longitude - points.longitude + 180) % 360, 180, atol=1e-3)


def test_a_full_circle_does_not_repeat_its_first_meridian() -> None:
    assert RegularGrid(1.0, west=-180, east=180).longitudes.size == 360
    assert RegularGrid(1.0).longitudes.size == 360


@pytest.mark.parametrize(
    "bad", [{"step": 0.0}, {"step": 1, "north": -91}, {"step": 1, "east": -1}]
)
def test_an_impossible_grid_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        RegularGrid(**bad)
