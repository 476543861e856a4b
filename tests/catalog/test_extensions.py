import json
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import InvalidStac
from catalog.extensions import ExtensionSchemas
from tests.catalog.makers import described

ANGLE = "https://example.org/angle/schema.json"
SCHEMA = {
    "$id": ANGLE,
    "properties": {
        "properties": {"properties": {"angle": {"$ref": "./parts/angle.json"}}},
        "assets": {"minProperties": 1},
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.json").write_text(json.dumps({ANGLE: "angle.json"}))
    (tmp_path / "angle.json").write_text(json.dumps(SCHEMA))
    return tmp_path


def of_angle(**changes: Any) -> str:
    return json.dumps({**json.loads(described().stac), "stac_extensions": [ANGLE], **changes})


def test_an_item_that_keeps_to_its_extensions_passes(folder: Path) -> None:
    ExtensionSchemas(folder).check(of_angle())


def test_one_that_does_not_is_refused_with_the_place_and_the_extension(folder: Path) -> None:
    with pytest.raises(InvalidStac, match=rf"{ANGLE}; at assets"):
        ExtensionSchemas(folder).check(of_angle(assets={}))


def test_an_extension_whose_schema_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(InvalidStac, match=r"other\.json in .* came none; add it"):
        ExtensionSchemas(folder).check(
            of_angle(stac_extensions=["https://example.org/other.json"])
        )


def test_a_folder_without_an_index_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(InvalidStac, match=r"INLET_STAC_SCHEMAS: expected index\.json"):
        ExtensionSchemas(tmp_path).check(of_angle())


def test_what_is_published_here_keeps_to_all_that_it_names(stac_schemas_folder: Path) -> None:
    ExtensionSchemas(stac_schemas_folder).check(described().stac)
