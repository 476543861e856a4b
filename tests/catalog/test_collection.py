import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from referencing import Registry, Resource

from catalog.collection import Overview, describe_collection, overview
from catalog.scientific import SCHEMA as SCIENTIFIC_SCHEMA
from catalog.search import published
from catalog.template import StacProvider, StacPublication, StacTemplate
from catalog.validation import check_collection
from tests.catalog import makers
from tests.makers import NEW_YEAR, a_ledger

TEMPLATE = StacTemplate(
    title="ERA5",
    description="Hourly.",
    license="CC-BY-4.0",
    keywords=("reanalysis",),
    providers=(StacProvider(name="ECMWF", roles=("producer",)),),
)


def of_two_items(directory: Path, template: StacTemplate = TEMPLATE) -> Any:
    ledger = makers.published
    book = a_ledger(directory)
    ledger(book, "a", "1", cube=makers.a_cube(bbox=(0.0, 0.0, 5.0, 5.0)))
    later = NEW_YEAR + timedelta(days=2)
    cells = makers.a_cube(makers.on_cells(), bbox=(-5.0, 1.0, 1.0, 9.0), start=later, end=later)
    ledger(book, "b", "2", cube=cells)
    with book.begin() as tx:
        return json.loads(describe_collection("era5", template, overview(published(tx, "era5"))))


def test_what_is_no_text_is_left_out_of_summaries() -> None:
    seen = Overview()
    times = dict.fromkeys(("start_datetime", "end_datetime"), "2024-01-01T00:00:00Z")
    for code in (None, 4326, "EPSG:4326", {"a": 1}):
        properties = {**times, "proj:code": code, "inlet:grids": []}
        seen.add({"bbox": [0, 0, 1, 1], "properties": properties, "assets": {}})
    described = describe_collection("era5", TEMPLATE, seen)

    check_collection(described)
    assert json.loads(described)["summaries"] == {"proj:code": ["EPSG:4326"]}


def test_extents_grow_with_the_items(tmp_path: Path) -> None:
    extent = of_two_items(tmp_path)["extent"]

    assert extent["spatial"]["bbox"] == [[-5.0, 0.0, 5.0, 9.0]]
    assert extent["temporal"]["interval"] == [["2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z"]]


def test_extents_that_the_keeper_gives_stand(tmp_path: Path) -> None:
    given = TEMPLATE.model_copy(
        update={"bbox": (-180.0, -90.0, 180.0, 90.0), "start": NEW_YEAR - timedelta(days=365)}
    )
    extent = of_two_items(tmp_path, given)["extent"]

    assert extent["spatial"]["bbox"] == [[-180.0, -90.0, 180.0, 90.0]]
    assert extent["temporal"]["interval"] == [["2023-01-01T00:00:00Z", None]]


def test_summaries_and_assets_say_what_items_have(tmp_path: Path) -> None:
    collection = of_two_items(tmp_path)

    assert collection["summaries"]["inlet:variables"] == ["t", "u10"]
    assert collection["summaries"]["proj:code"] == ["EPSG:4326"]
    assert collection["item_assets"]["cube"]["roles"] == ["data"]
    assert "href" not in collection["item_assets"]["cube"]


def test_a_collection_keeps_to_stac_with_items_or_without(
    tmp_path: Path, stac_schemas: dict[str, Any]
) -> None:
    registry: Registry[Any] = Registry().with_resources(
        (url, Resource.from_contents(schema)) for url, schema in stac_schemas.items()
    )
    empty = json.loads(describe_collection("era5", TEMPLATE, overview(())))
    for collection in (empty, of_two_items(tmp_path)):
        check_collection(json.dumps(collection))
        for url in collection["stac_extensions"]:
            Draft7Validator(stac_schemas[url], registry=registry).validate(collection)


def test_a_collection_says_how_it_is_cited(stac_schemas: dict[str, Any]) -> None:
    publication = StacPublication(doi="10.1002/qj.3803", citation="Hersbach et al. 2020")
    cited = TEMPLATE.model_copy(
        update={"doi": "10.24381/cds.adbb2d47", "publications": (publication,)}
    )
    collection = json.loads(describe_collection("era5", cited, overview(())))

    Draft7Validator(stac_schemas[SCIENTIFIC_SCHEMA]).validate(collection)
    assert collection["sci:doi"] == "10.24381/cds.adbb2d47"
    links = [link["href"] for link in collection["links"] if link["rel"] == "cite-as"]
    assert links == ["https://doi.org/10.24381/cds.adbb2d47", "https://doi.org/10.1002/qj.3803"]
