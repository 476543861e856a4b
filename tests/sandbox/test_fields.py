import numpy as np

from sandbox.fields import Fields, Moment
from sandbox.grids import HealpixGrid, RegularGrid

GRID = RegularGrid(5.0)


def test_the_same_seed_gives_the_same_weather_and_another_another() -> None:
    first, again, other = (Fields(seed).noise(GRID, "t", Moment(10.0)) for seed in (1, 1, 2))

    assert (first == again).all()
    assert (first != other).any()


def test_noise_is_about_standard() -> None:
    noise = np.concatenate(
        [
            Fields(3).noise(HealpixGrid(16, nested=True), "t", Moment(h))
            for h in range(0, 9000, 300)
        ]
    )

    assert abs(noise.mean()) < 0.3
    assert 0.7 < noise.std() < 1.3


def test_weather_moves_smoothly() -> None:
    now, soon, later = (Fields(1).noise(GRID, "t", Moment(h)) for h in (0.0, 1.0, 2400.0))

    assert np.abs(now - soon).max() < 0.5
    assert np.corrcoef(now, soon)[0, 1] > 0.98
    assert abs(np.corrcoef(now, later)[0, 1]) < 0.9


def test_there_is_no_seam_at_the_first_meridian() -> None:
    rows = Fields(1).noise(GRID, "t", Moment(0.0)).reshape(GRID.latitudes.size, -1)
    steps = np.abs(np.diff(rows, axis=1)).max()

    assert np.abs(rows[:, 0] - rows[:, -1]).max() <= 1.5 * steps
    assert np.ptp(rows[0]) < 1e-4  # the pole is one point


def test_members_and_levels_differ_but_resemble() -> None:
    control, member = (Fields(1).noise(GRID, "t", Moment(0.0, 500, m)) for m in (0, 1))
    below = Fields(1).noise(GRID, "t", Moment(0.0, 600))

    assert 0.7 < np.corrcoef(control, member)[0, 1] < 0.9999
    assert 0.7 < np.corrcoef(control, below)[0, 1] < 0.9999
