import hashlib

import httpx
import pytest

from sandbox.client import Sandbox

SST = {"collections": ["sandbox-sst"]}


def search(http: httpx.Client, **body: object) -> dict:
    answer = http.post("/stac/search", json=SST | body)
    answer.raise_for_status()
    return answer.json()


def ids(page: dict) -> list[str]:
    return [feature["id"] for feature in page["features"]]


def next_of(page: dict) -> dict | None:
    return next((link for link in page["links"] if link["rel"] == "next"), None)


def crawl(http: httpx.Client, **body: object) -> list[str]:
    page = search(http, **body)
    found = ids(page)
    while link := next_of(page):
        page = http.post(link["href"], json=link["body"]).raise_for_status().json()
        found += ids(page)
    return found


JANUARY = "2024-01-01T00:00:00Z/2024-01-31T23:59:59Z"


def test_next_links_lead_through_all_items(http: httpx.Client) -> None:
    found = crawl(http, datetime=JANUARY, limit=7)

    assert len(found) == len(set(found)) == 31
    assert search(http, datetime=JANUARY, limit=7)["numberMatched"] == 31


def test_next_links_of_get_lead_through_all_items(http: httpx.Client) -> None:
    url = f"/stac/collections/sandbox-sst/items?datetime={JANUARY}&limit=20&sortby=-updated"
    first = http.get(url).json()
    second = http.get(next_of(first)["href"]).json()

    assert ids(first)[0] == "sandbox-sst-20240131"
    assert len({*ids(first), *ids(second)}) == 31
    assert next_of(second) is None


def test_a_query_on_the_stamp_is_half_open_as_asked(http: httpx.Client) -> None:
    stamps = {"updated": {"gte": "2024-01-03T06:00:00Z", "lt": "2024-01-05T06:00:00Z"}}

    assert ids(search(http, query=stamps)) == ["sandbox-sst-20240102", "sandbox-sst-20240103"]


def test_sorting_is_by_the_property_that_was_named(http: httpx.Client) -> None:
    keys = [{"field": "properties.updated", "direction": "desc"}]

    assert ids(search(http, sortby=keys, limit=2)) == [
        "sandbox-sst-20241231",
        "sandbox-sst-20241230",
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"query": {"colour": {"eq": "red"}}},
        {"query": {"updated": {"near": "2024-01-01"}}},
        {"datetime": "never"},
        {"token": "stolen"},
        {"filter": {"op": "=", "args": []}},
    ],
)
def test_what_is_not_served_is_refused_and_not_dropped(
    http: httpx.Client, body: dict[str, object]
) -> None:
    assert 400 <= http.post("/stac/search", json=SST | body).status_code < 500


@pytest.mark.parametrize("collection", ["sandbox-sst", "files"])
def test_size_and_checksum_are_those_of_the_bytes(http: httpx.Client, collection: str) -> None:
    page = http.get(f"/stac/collections/{collection}/items?limit=6").json()
    for feature in page["features"]:
        asset = feature["assets"]["data"]
        content = http.get(asset["href"]).content

        assert asset["file:size"] == len(content) < 1_000_000
        assert asset["file:checksum"] == "1220" + hashlib.sha256(content).hexdigest()


def test_the_api_tells_of_itself(http: httpx.Client) -> None:
    landing = http.get("/stac").json()

    assert any("item-search" in promise for promise in landing["conformsTo"])
    assert {c["id"] for c in http.get("/stac/collections").json()["collections"]} == {
        "sandbox-sst",
        "sandbox-ticks",
        "files",
    }
    assert "updated" in http.get("/stac/collections/files/queryables").json()["properties"]
    assert http.get("/stac/collections/none").status_code == 404


def test_a_short_page_still_has_a_next_link(http: httpx.Client, sandbox: Sandbox) -> None:
    with sandbox.fault("short_page", provider="stac", every=2):
        found = crawl(http, datetime=JANUARY, limit=10)

    assert len(found) == len(set(found)) == 31


def test_a_page_may_lose_its_next_link(http: httpx.Client, sandbox: Sandbox) -> None:
    with sandbox.fault("lost_next_link", provider="stac", times=1):
        page = search(http, datetime=JANUARY, limit=10)

    assert (page["numberMatched"], len(ids(page)), next_of(page)) == (31, 10, None)


def test_items_may_come_twice_but_none_is_lost(http: httpx.Client, sandbox: Sandbox) -> None:
    with sandbox.fault("duplicate_items", provider="stac"):
        found = crawl(http, datetime=JANUARY, limit=10)

    assert len(set(found)) == 31 < len(found)


def test_a_page_may_fail(http: httpx.Client, sandbox: Sandbox) -> None:
    with sandbox.fault("page_error", provider="stac", every=2):
        answers = [http.post("/stac/search", json=SST | {"limit": 1}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 500]


def test_a_wrong_checksum_stays_wrong_while_the_fault_is_set(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    def stated() -> str:
        return search(http, limit=1)["features"][0]["assets"]["data"]["file:checksum"]

    true = stated()
    with sandbox.fault("wrong_checksum", provider="stac", every=1, times=1):
        first, again = stated(), stated()

    assert first == again != true == stated()
    assert len(first) == len(true)


def test_garbage_is_published_with_its_own_size_and_digest(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    whole = search(http, limit=1)["features"][0]["assets"]["data"]
    with sandbox.fault("garbage_data", provider="stac"):
        torn = search(http, limit=1)["features"][0]["assets"]["data"]
        content = http.get(torn["href"]).content

    assert torn["file:size"] == len(content) < whole["file:size"]
    assert torn["file:checksum"] == "1220" + hashlib.sha256(content).hexdigest()
