import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from catalog.assets import data_docs, quality_report, quicklook
from catalog.validation import check_item
from lake.nouns import Cube, Finding, Item, Waiver
from tests.catalog.makers import a_cube, a_forecast, described, on_cells, on_lambert, on_latitudes
from tests.makers import NEW_YEAR, a_granule

CUBES = {
    "one group": a_cube(),
    "levels": a_cube(on_latitudes(levels=3)),
    "cells": a_cube(on_cells()),
    "projected": a_cube(on_lambert()),
    "several groups": a_cube(on_latitudes("a"), on_cells("b"), on_lambert("c")),
    "across the antimeridian": a_cube(bbox=(170.0, -10.0, -170.0, 10.0)),
    "a place": a_cube(bbox=(7.0, 50.0, 7.0, 50.0)),
    "an instant": a_cube(end=NEW_YEAR),
    "no time": a_cube(start=None, end=None),
    "a forecast": a_cube(a_forecast()),
}


def read(item: Item) -> Any:
    return json.loads(item.stac)


@pytest.mark.parametrize("cube", CUBES.values(), ids=CUBES)
def test_every_item_keeps_to_the_core(cube: Cube) -> None:
    check_item(described(cube=cube).stac)


@pytest.mark.parametrize("cube", CUBES.values(), ids=CUBES)
def test_every_item_keeps_to_each_extension_it_names(
    cube: Cube, stac_schemas: dict[str, Any]
) -> None:
    stac = read(
        described(cube=cube, attachments=[quality_report("r"), data_docs("d"), quicklook("q")])
    )
    registry: Registry[Any] = Registry().with_resources(
        (url, Resource.from_contents(schema)) for url, schema in stac_schemas.items()
    )

    assert len(stac["stac_extensions"]) >= 8
    for url in stac["stac_extensions"]:
        Draft7Validator(stac_schemas[url], registry=registry).validate(stac)


def test_the_same_facts_give_the_same_item() -> None:
    assert described() == described()


def test_only_the_stamps_of_an_item_change_when_it_is_published_again() -> None:
    now, later = read(described()), read(described(published=NEW_YEAR + timedelta(1)))
    changed = {k for k in now["properties"] if now["properties"][k] != later["properties"][k]}

    assert changed == {"created", "updated", "published"}


def test_a_range_has_both_ends_and_an_instant_is_one() -> None:
    span = read(described())["properties"]
    instant = read(described(cube=a_cube(end=NEW_YEAR)))["properties"]

    assert span["datetime"] is None
    assert span["end_datetime"] == "2024-01-01T23:00:00Z"
    assert instant["datetime"] == instant["start_datetime"] == "2024-01-01T00:00:00Z"


def test_a_cube_without_time_takes_the_window_of_its_offer() -> None:
    properties = read(described(cube=a_cube(start=None, end=None)))["properties"]

    assert properties["start_datetime"] == "2024-01-01T00:00:00Z"
    assert properties["end_datetime"] == "2024-01-02T00:00:00Z"


def test_the_id_names_the_item_and_the_version_its_revision() -> None:
    stac = read(described())

    assert (stac["id"], stac["collection"]) == ("era5-20240101", "era5")
    assert stac["properties"]["version"] == "r1"


def test_what_was_left_out_is_said() -> None:
    left_out = read(described())["properties"]["inlet:left_out"]

    assert left_out == [{"where": "message 25", "reason": "spherical harmonics"}]


def test_a_waiver_says_who_let_it_out_and_in_spite_of_what() -> None:
    against = Finding("values stay in range", "t", "170 to 350 K", "20 to 320 K", False)
    properties = read(described(waiver=Waiver("Ada", NEW_YEAR, "known", (against,))))["properties"]

    assert properties["inlet:waiver"] == {
        "by": "Ada",
        "at": "2024-01-01T00:00:00Z",
        "reason": "known",
        "findings": [
            {
                "check": "values stay in range",
                "subject": "t",
                "expected": "170 to 350 K",
                "observed": "20 to 320 K",
            }
        ],
    }
    assert "inlet:waiver" not in read(described())["properties"]


def test_the_dimensions_of_several_groups_are_with_their_assets() -> None:
    stac = read(described(cube=CUBES["several groups"]))

    assert "cube:dimensions" not in stac["properties"]
    assert "cube:dimensions" in stac["assets"]["a"]


def test_where_the_bytes_came_from_can_be_followed() -> None:
    granule = replace(a_granule(), source="https://provider.example/a.grib")
    links = read(described(granules=[granule]))["links"]

    assert "https://provider.example/a.grib" in [li["href"] for li in links if li["rel"] == "via"]


def test_a_forecast_says_when_it_began_and_how_far_it_looks() -> None:
    one = read(described(cube=a_cube(a_forecast(steps=1))))
    many = read(described(cube=a_cube(a_forecast())))

    assert one["properties"]["forecast:reference_datetime"] == "2024-01-01T00:00:00Z"
    assert one["properties"]["forecast:horizon"] == "PT6H"
    assert "forecast:horizon" not in many["properties"]
    assert many["properties"]["cube:dimensions"]["step"]["extent"] == [6.0, 18.0]
    assert not [n for n in read(described())["properties"] if n.startswith("forecast:")]


def test_the_lineage_goes_from_the_bytes_of_each_granule_to_those_of_the_cube() -> None:
    granules = [a_granule("one"), a_granule("two")]
    stac = read(described(granules=granules))
    lineage = stac["properties"]["inlet:lineage"]

    assert {g["file:checksum"] for g in lineage["from"]} == {g.digest for g in granules}
    assert lineage["to"] == stac["assets"]["cube"]["file:checksum"]
    assert stac["properties"]["processing:lineage"].startswith("Converted from 2 granules")


def test_a_cube_says_how_xarray_opens_it_and_what_it_measures() -> None:
    cube = read(described())["assets"]["cube"]

    assert cube["xarray:open_kwargs"]["engine"] == "zarr"
    assert cube["cf:parameter"] == [{"name": "air_temperature", "unit": "K"}]
