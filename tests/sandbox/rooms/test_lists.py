"""What the list rooms are asked besides pages, and how large the largest may be."""

import httpx
import pystac
import pytest

from sandbox.client import Sandbox

TICKS = "sandbox-ticks"


def test_opensearch_narrows_by_data_time_stamp_and_id(http: httpx.Client) -> None:
    url = f"/opensearch/{TICKS}/search"

    def found(**params: str) -> list[str]:
        items = http.get(url, params=params).raise_for_status().json()["items"]
        return [item["identifier"] for item in items]

    day = {"from": "2024-01-02T00:00:00Z", "to": "2024-01-02T18:00:00Z"}
    stamps = {"modifiedAfter": "2024-01-02T03:00:00Z", "modifiedBefore": "2024-01-02T09:00:00Z"}

    assert len(found(**day)) == 4
    assert found(**day, order="modified:desc")[0] == "tick-20240102T1800"
    assert found(**stamps) == ["tick-20240102T0000"]
    assert found(id="tick-20240102T0600") == ["tick-20240102T0600"]


def test_postjson_narrows_by_every_time(http: httpx.Client) -> None:
    def found(**body: object) -> list[str]:
        answer = http.post("/postjson/search", json={"collection": TICKS, **body})
        return [r["identifier"] for r in answer.raise_for_status().json()["hits"]["list"]]

    day = {"begin": {"gte": "2024-01-02T00:00:00Z", "lt": "2024-01-03T00:00:00Z"}}
    newest = [{"field": "modified", "order": "desc"}]

    assert len(found(**day)) == 4
    assert found(**day, sort=newest)[0] == "tick-20240102T1800"
    assert len(found(modified={"lte": "2024-01-01T09:00:00Z"})) == 2
    assert found(ids=["tick-20240102T0600"]) == ["tick-20240102T0600"]


def test_eumetsat_narrows_by_data_time_and_id(http: httpx.Client) -> None:
    def found(**params: str) -> list[str]:
        params = {"pi": "EO:EUM:DAT:TICKS", "format": "json", **params}
        answer = http.get("/eumetsat/data/search-products/1.0.0/os", params=params)
        return [f["id"] for f in answer.raise_for_status().json()["features"]]

    day = {"dtstart": "2024-01-02T00:00:00Z", "dtend": "2024-01-02T18:00:00Z"}

    assert len(found(**day)) == 4
    assert found(**day, sort="publicationDate,,0")[0] == "tick-20240102T1800"
    assert found(id="tick-20240102T0600") == ["tick-20240102T0600"]


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("GET", f"/opensearch/{TICKS}/search?colour=red", None),
        ("GET", f"/opensearch/{TICKS}/search?order=colour:asc", None),
        ("GET", "/eumetsat/data/search-products/1.0.0/os?pi=none", None),
        ("POST", "/postjson/search", {"collection": TICKS, "colour": "red"}),
        ("POST", "/hda/stac/v2/search", {"collections": ["none"]}),
        ("POST", "/hda/stac/v2/search", {}),
    ],
)
def test_what_is_not_served_is_refused_and_not_dropped(
    http: httpx.Client, method: str, url: str, body: object
) -> None:
    assert 400 <= http.request(method, url, json=body).status_code < 500


def test_pystac_walks_the_static_catalogue(sandbox: Sandbox) -> None:
    root = pystac.Catalog.from_file(f"{sandbox.url}/static/catalog.json")
    (collection,) = root.get_children()
    months = [len(list(month.get_item_links())) for month in collection.get_children()]
    first = next(iter(next(iter(collection.get_children())).get_items()))

    assert (collection.id, months) == (TICKS, [124, 116, 120])
    assert first.collection_id == TICKS
    assert first.assets["data"].href.endswith(f"{first.id}.grib2")


def test_hundred_thousand_items_are_paged_without_being_kept() -> None:
    with Sandbox.start(arguments=("--many", "100000", "--page-cap", "1000")) as sandbox:
        url = f"{sandbox.url}/stac/search"
        body: dict[str, object] = {"collections": ["many"], "limit": 1000}
        first = httpx.post(url, json=body, trust_env=False).json()
        body["token"] = "next:99500"
        last = httpx.post(url, json=body, trust_env=False).json()
        href = last["features"][-1]["assets"]["data"]["href"]
        content = httpx.get(href, trust_env=False).content

    assert (first["numberMatched"], first["numberReturned"]) == (100_000, 1000)
    assert [li["rel"] for li in first["links"]] == ["self", "next"]
    assert (len(last["features"]), last["links"][-1]["rel"]) == (500, "self")
    assert content.endswith(b"7777")


def test_the_large_collection_is_there_only_if_asked_for(http: httpx.Client) -> None:
    assert http.get("/stac/collections/many").status_code == 404
    assert http.post("/stac/search", json={"collections": ["many"]}).json()["features"] == []
