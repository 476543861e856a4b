from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from hooks.workflows.drawing.choice import first_field
from hooks.workflows.drawing.raster import Box, Raster, raster_of
from tests.hooks.workflows import stores


def raster(dataset: xr.Dataset) -> Raster:
    made = raster_of(first_field(dataset["t2m"]), dataset)
    assert made is not None
    return made


def edges(box: Box) -> tuple[float, float, float, float]:
    return (box.west, box.south, box.east, box.north)


@pytest.mark.parametrize(
    ("maker", "tolerance_kelvin"),
    [
        (stores.regular, 2.5),
        (stores.reduced_gaussian, 6.0),
        (stores.on_healpix, 5.0),
        (stores.unstructured, 6.0),
    ],
)
def test_values_lie_where_they_belong(
    maker: Callable[[], xr.Dataset], tolerance_kelvin: float
) -> None:
    made = raster(maker())

    rows, columns = made.values.shape
    longitude, latitude = np.meshgrid(made.box.columns(columns), made.box.rows(rows))
    off = np.abs(made.values - stores.warmth(latitude, longitude))
    assert edges(made.box) == (-180.0, -90.0, 180.0, 90.0)
    assert off[np.abs(latitude) < 70].max() < tolerance_kelvin


def test_a_box_across_the_antimeridian_stays_in_one_piece() -> None:
    made = raster(stores.regular(west=150, east=240, south=-30, north=40))

    assert made.box.west == pytest.approx(150, abs=1)
    assert made.box.east == pytest.approx(240, abs=1)


def test_a_part_of_healpix_has_its_own_box_and_holes_beyond_it() -> None:
    made = raster(stores.on_healpix(cells=np.arange(4096, 5120)))

    assert made.box.east - made.box.west < 120
    assert np.isnan(made.values).any()
    assert np.isfinite(made.values).any()


def test_a_projected_field_is_no_raster_in_degrees() -> None:
    dataset = stores.projected()

    assert raster_of(first_field(dataset["u10"]), dataset) is None
