import json
from pathlib import Path
from typing import Any

import pytest
import rustac

from catalog.export import export
from catalog.snapshot import snapshot
from catalog.template import StacTemplate
from lake.ledger.ledger import Ledger
from tests.catalog import makers
from tests.makers import a_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    book = a_ledger(tmp_path)
    makers.published(book, "a", "1")
    makers.published(book, "b", "2", cube=makers.a_cube(makers.on_cells()))
    makers.published(
        book, "c", "3", cube=makers.a_cube(makers.on_lambert("x"), makers.on_cells("y"))
    )
    return book


def read(paths: list[Path]) -> Any:
    return [item for path in paths for item in rustac.read_sync(str(path))["features"]]


def test_a_snapshot_holds_every_published_item(ledger: Ledger, tmp_path: Path) -> None:
    (path,) = snapshot(ledger, tmp_path / "catalog", "era5")

    assert path.name == "items.parquet"
    first, second, third = read([path])
    assert [first["id"], second["id"], third["id"]] == ["a", "b", "c"]
    assert first["properties"]["inlet:variables"] == ["t"]
    assert third["assets"]["x"]["type"] == "application/vnd.zarr; version=3"


def test_many_items_go_into_several_files(ledger: Ledger, tmp_path: Path) -> None:
    paths = snapshot(ledger, tmp_path, "era5", most=2)

    assert [path.name for path in paths] == ["items.parquet", "items-2.parquet"]
    assert [item["id"] for item in read(paths)] == ["a", "b", "c"]


def test_the_next_snapshot_takes_the_place_of_the_last(ledger: Ledger, tmp_path: Path) -> None:
    snapshot(ledger, tmp_path, "era5", most=1)
    makers.published(ledger, "d", "4")
    (path,) = snapshot(ledger, tmp_path, "era5")

    assert sorted(path.parent.iterdir()) == [path]
    assert len(read([path])) == 4


def test_a_collection_without_items_has_no_file(ledger: Ledger, tmp_path: Path) -> None:
    assert snapshot(ledger, tmp_path, "empty") == []


def test_the_static_catalogue_leads_to_the_snapshot(ledger: Ledger, tmp_path: Path) -> None:
    (path,) = snapshot(ledger, tmp_path, "era5")
    export(ledger, tmp_path, {"era5": StacTemplate(title="ERA5", description="Hourly.")})
    collection = json.loads((tmp_path / "era5" / "collection.json").read_text())

    (link,) = (one for one in collection["links"] if one["type"].endswith("parquet"))
    assert (tmp_path / "era5" / link["href"]).samefile(path)
