"""An item's page holds all that is known of it, and runs nothing that a provider wrote."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from inlet.house import House, opened
from inlet.submission import Condition, Submission, submit
from lake.ledger import offers, shown
from lake.ledger.states import ItemState, OfferState
from lake.nouns import ItemId
from sandbox.client import Sandbox
from tests.inlet import gated
from tests.makers import an_offer
from tests.portal.pages.answering import ADMIN, FakeAirflow, client, seal

PUBLISHED, HELD = 1, 2
HOSTILE = "<script>alert('x')</script>"


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_it_shows_what_the_cube_holds_how_it_was_judged_and_whence_it_came(
    pages: TestClient,
) -> None:
    said = text(pages.get(f"/items/{PUBLISHED}").text)

    assert "sandbox-sst-20240101" in said
    assert "sea_surface_temperature" in said
    assert re.search(r"passed wide@3: (\d+) of \1 expectations met", said)
    assert "sandbox_stac" in said
    assert "org.ogc.api.collection.item.create" in said


def test_it_says_how_to_open_each_asset(pages: TestClient) -> None:
    page = pages.get(f"/items/{PUBLISHED}").text

    assert re.search(r"xr\.open_zarr\(&#39;/\S+\.zarr&#39;\)", page)


def test_its_footprint_lies_on_the_map_and_is_told_in_words(pages: TestClient) -> None:
    page = pages.get(f"/items/{PUBLISHED}").text

    assert '<rect class="place"' in page
    assert re.search(r'aria-label="It lies at [\d.]+° [EW]', page)


def test_its_picture_and_reports_are_given_out(pages: TestClient) -> None:
    picture = pages.get(f"/items/{PUBLISHED}/picture.png")

    assert picture.content.startswith(b"\x89PNG")
    assert picture.headers["content-type"] == "image/png"
    assert "Great Expectations" in pages.get(f"/items/{PUBLISHED}/datadocs.html").text


def test_a_report_may_run_no_script(pages: TestClient) -> None:
    policy = pages.get(f"/items/{HELD}/quality.html").headers["content-security-policy"]

    assert policy.startswith("sandbox;")
    assert "script" not in policy


@pytest.mark.parametrize(
    "path", ["/items/999", "/items/999/picture.png", "/items/1/cube", "/items/2/picture.png"]
)
def test_what_is_not_there_is_404_as_a_page(pages: TestClient, path: str) -> None:
    answer = pages.get(path)

    assert answer.status_code == 404
    assert "To the board" in answer.text


def test_a_providers_words_stay_words(house: House, pages: TestClient) -> None:
    with house.ledger.begin() as tx:
        offers.record(tx, [an_offer(HOSTILE, collection="files", item_key=HOSTILE)])
        [row] = offers.unfinished(tx, "files")
        offers.claim(tx, [OfferState.DISCOVERED], [row])
        offers.fail(tx, row, OfferState.DISCOVERED, f"it said {HOSTILE}")

    page = pages.get("/collections/files").text

    assert "&lt;script&gt;alert" in page
    assert HOSTILE not in page


@pytest.mark.parametrize("size", ["12 MB", True, -5])
def test_a_size_that_is_none_is_shown_as_it_was_handed_in(
    size: object, tmp_path: Path, sandbox: Sandbox, airflow: FakeAirflow
) -> None:
    asset = {"href": "https://example.com/data.nc", "file:size": size}
    item = {
        "type": "Feature",
        "stac_version": "1.1.0",
        "id": "handed-in",
        "geometry": {"type": "Point", "coordinates": [10, 50]},
        "bbox": [10, 50, 10, 50],
        "properties": {"datetime": "2024-05-01T00:00:00Z"},
        "assets": {"data": asset},
        "links": [],
    }
    with opened(gated.settings(tmp_path, sandbox)) as house:
        submit(house, Submission("sst", [item], "a desk"), Condition())
        answer = client(house, airflow, ADMIN).get("/items/1")

    assert answer.status_code == 200
    assert str(size)[:20] in answer.text


@pytest.mark.parametrize("row", [0, 2**31, 2**63, 10**30])
def test_what_no_row_can_be_called_is_not_there(pages: TestClient, row: int) -> None:
    sealed = {"seal": seal(pages), "reason": "why"}

    for place in ("items/{}", "items/{}/picture.png", "onboarding/{}", "quarantine?before={}"):
        assert pages.get(place.format(row)).status_code == 404
    for place in ("quarantine/{}/discard", "onboarding/{}/reject", "onboarding/{}/probe"):
        assert pages.post(place.format(row), data=sealed).status_code == 404


def test_lists_go_on_where_a_page_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "PAGE", 1)
    with house.ledger.begin() as tx:
        [first] = shown.items(tx, "sst")
        [second] = shown.items(tx, "sst", before=first.id)
        [out] = shown.items(tx, "sst", [ItemState.PUBLISHED])

        assert not shown.items(tx, "sst", before=second.id)
    assert (first.id, second.id, out.id) == (ItemId(HELD), ItemId(PUBLISHED), ItemId(PUBLISHED))
