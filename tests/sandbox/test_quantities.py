import numpy as np
import pytest

from sandbox.fields import Fields, Moment
from sandbox.grids import RegularGrid
from sandbox.quantities import SURFACE, UPPER, Quantity

GRID = RegularGrid(5.0)
FIELDS = Fields(1)


@pytest.mark.parametrize("quantity", SURFACE.values(), ids=SURFACE.keys())
def test_surface_values_keep_their_limits_and_are_not_cut_flat(quantity: Quantity) -> None:
    values = quantity.values(FIELDS, GRID, Moment(210_000.0))

    assert np.nanmin(values) >= quantity.least
    assert np.nanmax(values) <= quantity.most
    assert np.unique(values[~np.isnan(values)]).size > 50


@pytest.mark.parametrize("level", [1, 10, 250, 500, 1000])
@pytest.mark.parametrize("quantity", UPPER.values(), ids=UPPER.keys())
def test_upper_air_values_keep_their_limits(quantity: Quantity, level: int) -> None:
    values = quantity.values(FIELDS, GRID, Moment(210_000.0, level))

    assert np.isfinite(values).all()
    assert values.min() >= quantity.least
    assert values.max() <= quantity.most
    assert values.std() > 0


def test_the_day_is_felt_more_on_land_than_at_sea() -> None:
    tropics = RegularGrid(10.0, north=30, south=-30)
    warmth = SURFACE["2m_temperature"]
    land = np.isnan(SURFACE["sea_surface_temperature"].values(FIELDS, tropics, Moment(0.0)))
    mean_by_hour = [
        np.mean(
            [warmth.values(FIELDS, tropics, Moment(hour + 24 * day)) for day in range(40)], axis=0
        )
        for hour in (0.0, 6.0, 12.0, 18.0)
    ]
    swing = np.ptp(mean_by_hour, axis=0)

    assert swing[land].mean() > 4
    assert swing[~land].mean() < 3


def test_air_is_colder_and_geopotential_higher_aloft() -> None:
    low, high = (
        UPPER["temperature"].values(FIELDS, GRID, Moment(0.0, p)).mean() for p in (850, 250)
    )
    near, far = (
        UPPER["geopotential"].values(FIELDS, GRID, Moment(0.0, p)).mean() for p in (850, 250)
    )

    assert low > high + 30
    assert near < far


def test_the_sea_is_missing_on_land_only() -> None:
    sea = SURFACE["sea_surface_temperature"].values(FIELDS, GRID, Moment(0.0))
    later = SURFACE["sea_surface_temperature"].values(FIELDS, GRID, Moment(5000.0))

    assert 0.1 < np.isnan(sea).mean() < 0.6
    assert (np.isnan(sea) == np.isnan(later)).all()
