import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pystac
import pytest
import xarray as xr
from pystac.validation import RegisteredValidator
from pystac.validation.stac_validator import JsonSchemaSTACValidator

from catalog.errors import InvalidStac
from catalog.export import export
from catalog.template import StacTemplate
from lake.ledger import items
from lake.ledger.ledger import Ledger
from lake.ledger.schema import item
from lake.ledger.states import ItemState
from tests.catalog import makers
from tests.makers import a_ledger

TEMPLATES = {
    "era5": StacTemplate(title="ERA5", description="Hourly."),
    "empty": StacTemplate(title="Nothing yet", description="No items."),
}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return a_ledger(tmp_path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "catalog"


class CoreOnly(JsonSchemaSTACValidator):
    """Asks no network for the schemas of extensions."""

    def validate_extension(self, *_: object, **__: object) -> None:
        return None


@pytest.fixture(params=["core", "extensions"])
def _offline(request: pytest.FixtureRequest) -> Any:
    before = RegisteredValidator.get_validator()
    validator = CoreOnly()
    if request.param == "extensions":
        validator = JsonSchemaSTACValidator()
        validator.schema_cache.update(request.getfixturevalue("stac_schemas"))
    RegisteredValidator.set_validator(validator)
    yield
    RegisteredValidator.set_validator(before)


def a_store(directory: Path, *groups: str) -> Path:
    store = directory / "lake" / "cubes" / "c.zarr"
    for group in groups or ("",):
        data = xr.Dataset({"t": (("x",), np.arange(3.0))})
        data.to_zarr(store, group=group or None, mode="a", zarr_format=3)
    return store


@pytest.mark.usefixtures("_offline")
def test_the_whole_catalogue_validates(ledger: Ledger, root: Path) -> None:
    for number, cube in enumerate(
        (
            makers.a_cube(),
            makers.a_cube(makers.on_latitudes("a"), makers.on_cells("b")),
            makers.a_cube(makers.on_lambert(), bbox=(170.0, -10.0, -170.0, 10.0)),
        )
    ):
        makers.published(ledger, f"key/{number}", f"content {number}", cube=cube)
    done = export(ledger, root, TEMPLATES)
    catalog = pystac.Catalog.from_file(str(root / "catalog.json"))

    assert catalog.validate_all() == 3
    assert (done.items, done.written, done.removed) == (3, 6, 0)
    assert {i.id for i in catalog.get_items(recursive=True)} == {"key/0", "key/1", "key/2"}


def test_assets_open_in_one_line_even_after_everything_was_moved(
    ledger: Ledger, tmp_path: Path, root: Path
) -> None:
    cube = makers.a_cube(location=str(a_store(tmp_path)))
    makers.published(ledger, cube=cube)
    export(ledger, root, TEMPLATES)
    (tmp_path / "elsewhere").mkdir()
    for part in ("catalog", "lake"):
        shutil.move(tmp_path / part, tmp_path / "elsewhere" / part)
    place = "catalog/era5/era5-20240101/era5-20240101.json"
    found = pystac.Item.from_file(str(tmp_path / "elsewhere" / place))

    assert xr.open_zarr(found.assets["cube"].get_absolute_href()).t.values.tolist() == [0, 1, 2]


def test_each_group_opens_as_an_asset(ledger: Ledger, tmp_path: Path, root: Path) -> None:
    store = a_store(tmp_path, "a", "b")
    cube = makers.a_cube(makers.on_latitudes("a"), makers.on_cells("b"), location=str(store))
    makers.published(ledger, cube=cube)
    export(ledger, root, TEMPLATES)
    (found,) = pystac.Catalog.from_file(str(root / "catalog.json")).get_items(recursive=True)

    for group in ("a", "b"):
        assert xr.open_zarr(found.assets[group].get_absolute_href()).t.size == 3


def test_exporting_again_writes_nothing(ledger: Ledger, root: Path) -> None:
    makers.published(ledger)
    export(ledger, root, TEMPLATES)

    assert export(ledger, root, TEMPLATES).written == 0


def test_only_what_changed_is_written(ledger: Ledger, root: Path) -> None:
    makers.published(ledger, "a", "1")
    makers.published(ledger, "b", "2")
    export(ledger, root, TEMPLATES)
    newer = makers.published(ledger, "a", "3")

    assert (
        export(ledger, root, TEMPLATES).written == 2
    )  # it, and the one that it took the place of
    stac = json.loads((root / "era5" / "a" / "a.json").read_text())
    assert stac["properties"]["version"] == newer.revision


def test_what_was_withdrawn_disappears(ledger: Ledger, root: Path) -> None:
    makers.published(ledger, "a", "1")
    makers.published(ledger, "b", "2")
    export(ledger, root, TEMPLATES)
    with ledger.begin() as tx:
        withdrawn = item.update().where(item.c.key == "a").values(state=ItemState.WITHDRAWN)
        tx.connection.execute(withdrawn)
        assert len(items.published(tx)) == 1
    done = export(ledger, root, TEMPLATES)

    assert done.removed == 1
    assert not (root / "era5" / "a").exists()
    links = json.loads((root / "era5" / "collection.json").read_text())["links"]
    assert [link["href"] for link in links if link["rel"] == "item"] == ["./b/b.json"]


def test_a_collection_without_items_that_left_the_portfolio_disappears(
    ledger: Ledger, root: Path
) -> None:
    export(ledger, root, TEMPLATES)
    export(ledger, root, {"era5": TEMPLATES["era5"]})

    assert not (root / "empty").exists()


def test_items_whose_collection_left_the_portfolio_stay(ledger: Ledger, root: Path) -> None:
    makers.published(ledger)
    export(ledger, root, {})
    collection = json.loads((root / "era5" / "collection.json").read_text())

    assert "no more" in collection["description"]


def test_remote_assets_keep_their_address(ledger: Ledger, root: Path) -> None:
    makers.published(ledger, cube=makers.a_cube(location="s3://lake/c.zarr"))
    export(ledger, root, TEMPLATES)
    stac = json.loads((root / "era5" / "era5-20240101" / "era5-20240101.json").read_text())

    assert stac["assets"]["cube"]["href"] == "s3://lake/c.zarr"


def test_a_template_that_makes_no_stac_leaves_the_files_as_they_were(
    ledger: Ledger, root: Path
) -> None:
    export(ledger, root, TEMPLATES)
    before = (root / "era5" / "collection.json").read_text()
    broken = TEMPLATES["era5"].model_copy(update={"description": ""})
    with pytest.raises(InvalidStac, match="description"):
        export(ledger, root, {**TEMPLATES, "era5": broken})

    assert (root / "era5" / "collection.json").read_text() == before


def test_an_older_revision_stays_deprecated_and_is_linked_both_ways(
    ledger: Ledger, root: Path
) -> None:
    older = makers.published(ledger, "a", "1")
    makers.published(ledger, "a", "2")
    export(ledger, root, TEMPLATES)
    newest = pystac.Item.from_file(str(root / "era5" / "a" / "a.json"))
    before = pystac.Item.from_file(_follow(newest, "predecessor-version"))

    assert before.id == f"a@{older.revision}"
    assert before.properties["deprecated"]
    for rel in ("successor-version", "latest-version"):
        assert pystac.Item.from_file(_follow(before, rel)).id == "a"


def _follow(stac: pystac.Item, rel: str) -> str:
    link = stac.get_single_link(rel)
    assert link is not None
    href = link.get_absolute_href()
    assert href is not None
    return href
