import json
from dataclasses import replace
from typing import Any

from catalog.item import Identity, Stamps, describe
from tests.catalog.makers import a_cube, a_verdict
from tests.makers import NEW_YEAR, a_day, a_granule

SOURCE = "https://provider.example.org/era5.grib"


def on(root: str, endpoint: str = "") -> Any:
    item = describe(
        Identity("era5", "era5-20240101", "r1"),
        a_cube(),
        a_verdict(),
        [replace(a_granule(), source=SOURCE)],
        window=a_day(),
        stamps=Stamps(NEW_YEAR, NEW_YEAR),
        href=lambda key: f"{root}/{key.lstrip('/')}",
        endpoint=endpoint,
    )
    return json.loads(item.stac)


def test_an_item_in_an_object_store_says_which_service_keeps_it() -> None:
    stac = on("s3://inlet/lake", "https://s3.example.org/")

    schemes = stac["properties"]["storage:schemes"]
    assert schemes["lake"]["type"] == "custom-s3"
    assert schemes["lake"]["platform"] == "https://s3.example.org/{bucket}"
    assert schemes["lake"]["bucket"] == "inlet"
    assert all(asset["storage:refs"] == ["lake"] for asset in stac["assets"].values())


def test_amazons_own_service_is_named_as_such() -> None:
    scheme = on("s3://inlet/lake")["properties"]["storage:schemes"]["lake"]

    assert scheme["type"] == "aws-s3"


def test_an_item_in_a_directory_names_no_service() -> None:
    stac = on("/lake")

    assert "storage:schemes" not in stac["properties"]
    assert not any("storage" in url for url in stac["stac_extensions"])


def test_a_source_granule_says_where_the_provider_has_it() -> None:
    asset = on("/lake")["assets"]["source-main"]

    assert asset["alternate"]["provider"]["href"] == SOURCE
