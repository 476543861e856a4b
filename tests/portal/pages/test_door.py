"""Nobody sees or changes anything who was not let in; a form is taken only from its own page."""

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Mount
from starlette.testclient import TestClient

from inlet.house import House
from portal.pages.door import Visitor
from tests.portal.pages.answering import ADMIN, NOBODY, VIEWER, FakeAirflow, client, seal

STATIC = "/static/{name}"


def routes(pages: TestClient) -> list[APIRoute]:
    [mounted] = [route for route in pages.app.routes if isinstance(route, Mount)]
    return [r for r in mounted.routes if isinstance(r, APIRoute) and r.path != STATIC]


def address(route: APIRoute) -> str:
    known = {"name": "sst", "row": "1", "dag": "harvest_sst"}
    return route.path.format(**{name: known.get(name, "1") for name in route.param_convertors})


def asked(pages: TestClient) -> dict[tuple[str, str], int]:
    return {
        (method, route.path): pages.request(method, address(route)).status_code
        for route in routes(pages)
        for method in route.methods
    }


def test_every_route_is_closed_to_those_who_are_not_logged_in(house: House) -> None:
    found = asked(client(house, FakeAirflow(), NOBODY))

    assert ("POST", "/quarantine/{row}/release") in found
    assert set(found.values()) == {401}


def test_everything_that_changes_something_is_closed_to_a_viewer(house: House) -> None:
    found = asked(client(house, FakeAirflow(), VIEWER))

    assert {code for (method, _), code in found.items() if method == "POST"} == {403}


def test_nothing_is_changed_without_the_seal_of_a_page(pages: TestClient) -> None:
    found = asked(pages)

    assert {code for (method, _), code in found.items() if method == "POST"} == {403}


def test_a_viewer_sees_no_forms(house: House) -> None:
    viewed = client(house, FakeAirflow(), VIEWER)

    assert all("<form" not in viewed.get(p).text for p in ("/", "/quarantine", "/collections/sst"))


def test_another_persons_seal_is_not_taken(house: House, pages: TestClient) -> None:
    other = client(house, FakeAirflow(), Visitor("eve", may_act=True))
    body = {"seal": seal(other), "reason": "I say so"}

    answer = pages.post("/quarantine/2/release", data=body)

    assert answer.status_code == 403
    assert "expected a form that these pages gave you" in answer.text


def test_no_page_may_run_or_load_what_is_not_ours(pages: TestClient) -> None:
    policy = pages.get("/").headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ["../app.py", "app.py", "..%2fapp.py"])
def test_only_the_pages_own_files_are_given_out(pages: TestClient, name: str) -> None:
    assert pages.get(f"/static/{name}").status_code == 404


def test_the_app_describes_itself_to_nobody(house: House) -> None:
    assert client(house, FakeAirflow(), ADMIN).get("/openapi.json").status_code == 404
