import httpx
import pytest

from sandbox.client import Sandbox
from tests.sandbox.families import TWIN, TWIN_IN_HDA, Visitor
from tests.sandbox.listings import TICKS

SEARCH = "/stac/v2/search"
ERA5 = "EO.ECMWF.DAT.REANALYSIS_ERA5_SINGLE_LEVELS"


@pytest.fixture
def hda(sandbox: Sandbox) -> Visitor:
    return Visitor(sandbox, "hda")


def next_of(page: dict) -> dict | None:
    return next((link for link in page["links"] if link["rel"] == "next"), None)


def test_a_next_link_must_be_followed_with_all_of_its_body(hda: Visitor) -> None:
    body = {"collections": [TICKS], "limit": 100}
    page = hda.http.post(SEARCH, json=body).json()
    link = next_of(page)
    assert link is not None
    poor = hda.http.post(SEARCH, json={**body, "token": link["body"]["token"]}).json()
    rich = hda.http.post(link["href"], json=link["body"]).json()

    assert link["body"]["query"] == {"federation:backends": {"eq": "sandbox"}}
    assert (poor["features"], next_of(poor)) == ([], None)
    assert (len(rich["features"]), rich["numberMatched"]) == (100, 360)


def test_another_backend_has_nothing(hda: Visitor) -> None:
    query = {"federation:backends": {"eq": "elsewhere"}}
    page = hda.http.post(SEARCH, json={"collections": [TICKS], "query": query}).json()

    assert (page["features"], page["numberMatched"]) == ([], 0)


def test_an_archive_answers_one_item_that_stands_for_all(hda: Visitor) -> None:
    body = {
        "collections": [ERA5],
        "datetime": "2024-01-01T00:00:00Z/2024-01-03T00:00:00Z",
        "query": {"ecmwf:time": {"eq": ["06:00", "00:00", "06:00"]}},
    }
    page = hda.http.post(SEARCH, json=body).json()
    (item,) = page["features"]
    (retrieve,) = [link for link in item["links"] if link["rel"] == "retrieve"]

    assert page["numberMatched"] == 1
    assert item["properties"]["order:status"] == "orderable"
    assert item["assets"] == {}
    assert (retrieve["method"], retrieve["href"][-6:]) == ("POST", "/order")
    assert retrieve["body"]["date"] == "2024-01-01/2024-01-02"
    assert retrieve["body"]["time"] == ["00:00", "06:00"]


def test_an_archive_is_not_searched_without_an_end(hda: Visitor) -> None:
    answer = hda.http.post(SEARCH, json={"collections": [ERA5], "datetime": "2024-01-01/.."})

    assert answer.status_code == 400


def test_items_can_be_listed_one_by_one_and_still_need_an_order(hda: Visitor) -> None:
    page = hda.http.post(SEARCH, json={"collections": ["sandbox-archive"], "limit": 2}).json()
    item = page["features"][0]
    (retrieve,) = [link for link in item["links"] if link["rel"] == "retrieve"]
    too_early = hda.read(f"/data/sandbox_archive/sandbox-archive/{item['id']}/downloadLink")
    placed = hda.http.post(retrieve["href"], json=retrieve["body"]).json()
    (place,) = [link["href"] for link in placed["links"] if link["rel"] == "self"]
    content = hda.read(hda.location(hda.result(place))).content

    assert (page["numberMatched"], item["properties"]["order:status"]) == (360, "orderable")
    assert too_early.status_code == 403
    assert placed["properties"]["order:status"] == "ordered"
    assert content.endswith(b"7777")


def test_what_is_wrong_with_an_order_is_said(hda: Visitor) -> None:
    def order(collection: str, body: object) -> httpx.Response:
        return hda.http.post(f"/stac/v2/collections/{collection}/order", json=body)

    failed = hda.result(
        next(li["href"] for li in order(TWIN_IN_HDA, {**TWIN, "date": "20500101"}).json()["links"])
    ).json()

    assert order(TWIN_IN_HDA, {"colour": "red"}).status_code == 400
    assert order(TICKS, {}).status_code == 404
    assert order("sandbox-archive", {"product": "none"}).status_code == 404
    assert failed["properties"]["order:status"] == "failed"
    assert "0 messages retrieved" in failed["properties"]["order:message"]


def test_without_a_token_one_may_only_look(http: httpx.Client, hda: Visitor) -> None:
    href = hda.href()
    order = f"/hda/stac/v2/collections/{TWIN_IN_HDA}/order"

    assert http.get("/hda/stac/v2/collections").json()["collections"]
    assert [http.get(href).status_code, http.post(order, json=TWIN).status_code] == [401, 401]
