"""What faults of pages look like to a client."""

import httpx
import pytest

from sandbox.client import Sandbox
from tests.sandbox.families import Visitor
from tests.sandbox.listings import TICKS

COUNT = 360


def test_short_pages_go_on_where_they_ended(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("short_page", provider="stac", every=2):
        found = stac.search(most=COUNT, rows=100)

    assert found.pages == [100, 50, 100, 50, 60]
    assert len(set(found.ids)) == COUNT == found.stated[0]


def test_a_page_may_fail_in_the_middle(sandbox: Sandbox, stac: Visitor) -> None:
    with (
        sandbox.fault("page_error", provider="stac", after=1, times=1, status=502),
        pytest.raises(httpx.HTTPStatusError, match="502"),
    ):
        stac.search()


def test_a_page_may_be_html(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("html_instead_of_json", provider="stac"):
        answer = stac.http.get("/search")

    assert (answer.status_code, answer.text[:9]) == (200, "<!doctype")


def test_a_lost_next_link_leaves_the_count_as_the_only_tell(
    sandbox: Sandbox, stac: Visitor
) -> None:
    with sandbox.fault("lost_next_link", provider="stac"):
        found = stac.search(rows=5)

    assert (len(found.ids), found.stated) == (5, [COUNT])


def test_a_next_link_of_get_leads_on_by_itself(sandbox: Sandbox, stac: Visitor) -> None:
    body = {"collections": [TICKS], "limit": 100, "query": {"updated": {"gte": "2024-02-01"}}}
    with sandbox.fault("get_next_link", provider="stac"):
        page = stac.http.post("/search", json=body).json()
        (link,) = [li for li in page["links"] if li["rel"] == "next"]
        rest = stac.http.get(link["href"]).json()

    assert not {"body", "method"} & set(link)
    assert page["numberMatched"] == rest["numberMatched"] == 236
    assert rest["features"][0]["id"] > page["features"][-1]["id"]


def test_a_required_body_gives_an_empty_page_to_who_takes_the_token_alone(
    sandbox: Sandbox, stac: Visitor
) -> None:
    body = {"collections": [TICKS], "limit": 200}
    with sandbox.fault("next_body_required", provider="stac"):
        page = stac.http.post("/search", json=body).json()
        (link,) = [li for li in page["links"] if li["rel"] == "next"]
        poor = stac.http.post("/search", json={**body, "token": link["body"]["token"]}).json()
        found = stac.search(most=COUNT, rows=100)

    assert (poor["features"], poor["numberMatched"]) == ([], 0)
    assert not any(li["rel"] == "next" for li in poor["links"])
    assert len(set(found.ids)) == COUNT


def test_a_page_may_begin_with_the_first_of_the_last(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("repeated_first_id", provider="stac", times=1):
        found = stac.search(most=7)

    assert found.ids[0] == found.ids[3]
    assert len(set(found.ids)) == len(found.ids) - 1


def test_a_page_may_begin_with_the_last_of_the_last(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("duplicate_items", provider="stac", times=1):
        found = stac.search(most=7)

    assert found.ids[2] == found.ids[3]


@pytest.mark.parametrize(("count", "stated"), [("honest", COUNT), ("capped", 50)])
def test_what_is_beyond_the_cap_is_not_served(
    sandbox: Sandbox, stac: Visitor, count: str, stated: int
) -> None:
    with sandbox.fault("provider_cap", provider="stac", cap=50, count=count):
        found = stac.search(most=COUNT, rows=20)

    assert (len(found.ids), found.stated[0], found.pages) == (50, stated, [20, 20, 10])


@pytest.mark.parametrize(
    ("says", "stated"), [("high", COUNT + 7), ("low", COUNT - 7), ("absent", None)]
)
def test_the_count_may_lie(sandbox: Sandbox, stac: Visitor, says: str, stated: int | None) -> None:
    with sandbox.fault("count_lies", provider="stac", says=says):
        assert stac.search(3).stated == [stated]


def test_pages_out_of_order_hold_everything(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("out_of_order_pages", provider="stac"):
        found = stac.search(most=COUNT, rows=100)

    assert found.ids != sorted(found.ids)
    assert len(set(found.ids)) == len(found.ids) == COUNT


def test_an_empty_page_in_the_middle_leads_on(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("empty_page_in_the_middle", provider="stac", times=2):
        found = stac.search(most=COUNT, rows=100)

    assert found.pages == [100, 0, 100, 0, 100, 60]
    assert len(set(found.ids)) == COUNT


def test_an_unstable_order_loses_some_and_repeats_others(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("unstable_order", provider="stac", shift=3):
        found = stac.search(most=COUNT, rows=100)

    assert len(found.ids) == COUNT > len(set(found.ids))


def test_a_link_may_lead_to_nothing(sandbox: Sandbox) -> None:
    visitor = Visitor(sandbox, "static")
    with (
        sandbox.fault("dangling_link", provider="static", every=2),
        pytest.raises(httpx.HTTPStatusError, match="404"),
    ):
        visitor.search()


def test_a_page_may_hold_what_nobody_asked_for(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("other_collection", provider="stac", times=1):
        answer = stac.http.post("/search", json={"collections": ["sandbox-ticks"], "limit": 3})

    came = [item["collection"] for item in answer.json()["features"]]
    assert came == ["sandbox-ticks", "sandbox-ticks", "another-collection"]
