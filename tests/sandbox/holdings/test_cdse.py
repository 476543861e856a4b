import zipfile
from pathlib import Path

import netCDF4

from sandbox.fields import Fields
from sandbox.holdings.cdse import cdse_products
from sandbox.shelf import Shelf

PRODUCTS = cdse_products(Fields(1))


def test_ids_and_names_are_unique() -> None:
    assert (
        len({p.id for p in PRODUCTS}) == len({p.title for p in PRODUCTS}) == len(PRODUCTS) == 120
    )


def test_a_folder_comes_as_a_zip_of_the_same_bytes_each_time(tmp_path: Path) -> None:
    first, again = (PRODUCTS[0].at_rest(Shelf(tmp_path / name)) for name in _directories(tmp_path))

    assert first.sha256 == again.sha256
    assert {name.partition("/")[0] for name in zipfile.ZipFile(first.content).namelist()} == {
        PRODUCTS[0].title
    }


def test_a_single_file_is_netcdf(tmp_path: Path) -> None:
    with netCDF4.Dataset(PRODUCTS[1].at_rest(Shelf(tmp_path)).content) as dataset:
        assert "sea_surface_temperature" in dataset.variables


def _directories(root: Path) -> tuple[str, ...]:
    names = ("a", "b")
    for name in names:
        (root / name).mkdir()
    return names
