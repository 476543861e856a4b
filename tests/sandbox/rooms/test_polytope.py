import time
from typing import Any

import httpx
import pytest

from sandbox.client import Sandbox
from tests.sandbox.holdings.test_climate_dt import SURFACE

REQUESTS = "/polytope/api/v1/requests"
ONE_FIELD = SURFACE | {"param": "167", "date": "20240101", "time": "0000"}


@pytest.fixture
def polytope(http: httpx.Client, sandbox: Sandbox) -> httpx.Client:
    form = {"username": "somebody", "password": sandbox.key}
    token = http.post("/polytope/auth/token", data=form).raise_for_status().json()
    http.headers["Authorization"] = f"Bearer {token['access_token']}"
    return http


def order(polytope: httpx.Client, **change: object) -> httpx.Response:
    body = {"verb": "retrieve", "request": ONE_FIELD | change}
    return polytope.post(f"{REQUESTS}/destination-earth", json=body)


def await_answer(polytope: httpx.Client, placed: httpx.Response) -> httpx.Response:
    answer = polytope.get(placed.headers["location"])
    while answer.status_code == 202:
        time.sleep(0.01)
        answer = polytope.get(placed.headers["location"])
    return answer


def test_an_order_answers_202_until_303_tells_where_the_data_are(polytope: httpx.Client) -> None:
    placed = order(polytope)
    first = polytope.get(placed.headers["location"])
    ready = await_answer(polytope, placed)
    content = httpx.get(ready.headers["location"], trust_env=False).content
    told: dict[str, Any] = ready.json()

    assert (placed.status_code, first.status_code, ready.status_code) == (202, 202, 303)
    assert told["location"] == ready.headers["location"]
    assert told["contentLength"] == len(content)
    assert content[:4] == b"GRIB"


def test_asking_with_head_is_not_allowed(polytope: httpx.Client) -> None:
    assert polytope.head(order(polytope).headers["location"]).status_code == 405


def test_an_order_without_data_is_refused_when_it_is_polled(polytope: httpx.Client) -> None:
    answer = await_answer(polytope, order(polytope, date="20500101"))

    assert answer.status_code == 400
    assert "0 messages retrieved out of 1" in answer.json()["message"]


def test_a_malformed_order_is_refused_at_once(polytope: httpx.Client) -> None:
    answer = order(polytope, feature={"type": "polygon"})

    assert answer.status_code == 400
    assert "feature" in answer.json()["message"]


def test_a_revoked_order_is_gone(polytope: httpx.Client) -> None:
    location = order(polytope).headers["location"]

    assert polytope.delete(location).status_code == 200
    assert polytope.get(location).status_code == 404


def test_without_a_token_nothing_opens(http: httpx.Client) -> None:
    refused = http.post("/auth/token", data={"username": "u", "password": "stolen"})

    assert order(http).status_code == refused.status_code == 401


def test_an_order_can_be_made_to_fail(polytope: httpx.Client, sandbox: Sandbox) -> None:
    with sandbox.fault("job_failed", provider="polytope", times=1):
        answer = await_answer(polytope, order(polytope))

    assert (answer.status_code, answer.json()["status"]) == (400, "failed")
