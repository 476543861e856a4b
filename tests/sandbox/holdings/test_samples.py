from pathlib import Path

import pytest

from sandbox.fields import Fields
from sandbox.holdings.samples import sample_products
from sandbox.shelf import Shelf
from tests.sandbox.holdings.test_era5 import listing

EXPECTED = {
    "levels-and-steps.grib2": (36, "regular_ll"),
    "members.grib2": (10, "regular_ll"),
    "octahedral-O32.grib2": (6, "reduced_gg"),
    "healpix-ring-H32.grib2": (2, "healpix"),
    "era5-surface.grib": (3, "regular_ll"),
}
PRODUCTS = {product.id: product for product in sample_products(Fields(1))}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_sample_decodes_and_no_two_fields_say_the_same_of_themselves(
    name: str, tmp_path: Path
) -> None:
    rest = PRODUCTS[name].at_rest(Shelf(tmp_path))
    assert isinstance(rest.content, Path)
    keys = ["gridType", "shortName", "level", "step"] + ["number"] * (name == "members.grib2")
    rows = listing(rest.content, *keys)

    assert (len(rows), rows[0][0]) == EXPECTED[name]
    assert len(set(rows)) == len(rows)


def test_there_is_a_netcdf_sample_too() -> None:
    assert set(PRODUCTS) - set(EXPECTED) == {"ocean-and-air.nc"}
