"""The STAC API over a real pgstac, asked over real HTTP."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from pystac_client import Client

VALIDATOR = Path(__file__).parents[3] / "shared" / "tools" / "stac-api-validate.py"
CLASSES = ("core", "collections", "features", "item-search", "filter")
EQUATOR = {
    "type": "Polygon",
    "coordinates": [[[-170, -4], [170, -4], [170, 4], [-170, 4], [-170, -4]]],
}
ONLY_IDS = {"fields": "id", "limit": "1000"}


def get(url: str, path: str, **parameters: str) -> httpx.Response:
    return httpx.get(url + path, params=parameters, trust_env=False, timeout=60)


def ids(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {feature["id"] for feature in answer.json()["features"]}


def test_the_validator_finds_no_error(stac: str) -> None:
    if not VALIDATOR.exists():
        pytest.skip(f"no validator at {VALIDATOR}")
    classes = [word for name in CLASSES for word in ("--conformance", name)]
    asked = ["--root-url", stac, *classes, "--collection", "era5"]
    done = subprocess.run(
        [sys.executable, str(VALIDATOR), *asked, "--geometry", json.dumps(EQUATOR)],
        check=False,
        capture_output=True,
        text=True,
    )
    said = done.stdout + done.stderr

    assert done.returncode == 0, said[-3000:]
    assert "Errors: none" in said


def test_a_client_pages_through_all_items_once(stac: str) -> None:
    search = Client.open(stac).search(collections=["era5"], limit=170)
    seen = [item["id"] for item in search.items_as_dicts()]

    assert len(seen) == 2_000
    assert set(seen) == {f"era5-{number:06}" for number in range(2_000)}


def test_every_collection_is_a_child_of_the_landing_page(stac: str) -> None:
    page = get(stac, "/").json()
    children = {link["href"]: link["title"] for link in page["links"] if link["rel"] == "child"}

    assert children == {
        f"{stac}/collections/era5": "The collection era5",
        f"{stac}/collections/sea": "The collection sea",
    }
    assert all(get(href, "").json()["type"] == "Collection" for href in children)


def test_a_box_with_heights_finds_what_the_box_without_finds(stac: str) -> None:
    solid = get(stac, "/search", bbox="0,-90,0,10,90,5000", **ONLY_IDS)

    assert ids(solid) == ids(get(stac, "/search", bbox="0,-90,10,90", **ONLY_IDS)) != set()


@pytest.mark.parametrize("collections", [{}, {"collections": "sea"}])
def test_a_box_across_the_antimeridian_finds_both_sides_and_no_more(
    stac: str, collections: dict[str, str]
) -> None:
    across = get(stac, "/search", bbox="170,-90,-170,90", **ONLY_IDS, **collections)
    east = get(stac, "/search", bbox="170,-90,180,90", **ONLY_IDS, **collections)
    west = get(stac, "/search", bbox="-180,-90,-170,90", **ONLY_IDS, **collections)

    assert ids(across) == ids(east) | ids(west) != set()


def test_fields_are_answered_as_geojson(stac: str) -> None:
    answer = get(stac, "/search", fields="id,properties.version", limit="1")

    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json()["features"][0]["properties"] == {"version": "r1"}


def test_a_filter_a_query_and_an_order_find_what_they_say(stac: str) -> None:
    late = "2024-01-02T23:00:00Z"
    filtered = get(
        stac,
        "/search",
        **{"filter-lang": "cql2-text", "filter": f"start_datetime > TIMESTAMP('{late}')"},
        **ONLY_IDS | {"collections": "sea"},
    )
    query = json.dumps({"start_datetime": {"gt": late}})
    queried = get(stac, "/search", query=query, **ONLY_IDS | {"collections": "sea"})
    sorted_ = get(stac, "/collections/sea/items", sortby="-id", limit="1").json()["features"]

    assert ids(filtered) == ids(queried) == {"sea-000048", "sea-000049"}
    assert sorted_[0]["id"] == "sea-000049"


def test_a_collection_is_found_by_its_words(stac: str) -> None:
    found = get(stac, "/collections", q="reanalysis").json()["collections"]

    assert {collection["id"] for collection in found} == {"era5", "sea"}
    assert get(stac, "/collections", q="glaciers").json()["collections"] == []


@pytest.mark.parametrize(
    ("path", "asked", "said"),
    [
        ("/search", {"token": "next:era5:gone"}, "next or prev link"),
        ("/search", {"token": "nonsense"}, "next or prev link"),
        ("/collections/era5/items", {"token": "prev:era5:gone"}, "next or prev link"),
        ("/search", {"filter": "((", "filter-lang": "cql2-text"}, "expected CQL2"),
        ("/collections", {"filter": "((", "filter-lang": "cql2-text"}, "expected CQL2"),
        (
            "/search",
            {
                "filter": "version = 'r1'",
                "filter-lang": "cql2-text",
                "query": '{"version": {"eq": "r1"}}',
            },
            "either query or filter",
        ),
        ("/search", {"query": "version"}, "expected JSON"),
        ("/search", {"filter": "version", "filter-lang": "cql2-json"}, "expected JSON"),
        ("/search", {"intersects": "here"}, "expected JSON"),
        ("/search", {"ids": "\0"}, "refuses"),
    ],
)
def test_what_cannot_be_understood_is_answered_with_a_sentence(
    stac: str, path: str, asked: dict[str, str], said: str
) -> None:
    answer = get(stac, path, **asked)

    assert answer.status_code == 400, answer.text
    assert said in answer.json()["description"]


def test_what_is_not_there_is_answered_404(stac: str) -> None:
    paths = ("/collections/none", "/collections/none/items", "/collections/era5/items/none")
    answers: dict[str, Any] = {path: get(stac, path).status_code for path in paths}

    assert set(answers.values()) == {404}, answers
