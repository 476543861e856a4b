import httpx
import pytest

from sandbox.client import Sandbox
from sandbox.faults import KINDS


@pytest.mark.parametrize("name", KINDS)
def test_every_fault_can_be_switched_on_and_off(
    http: httpx.Client, sandbox: Sandbox, name: str
) -> None:
    with sandbox.fault(name, provider="nobody", every=2, seconds=1):
        shown = http.get("/faults").json()["faults"]

    assert [(fault["name"], fault["every"], fault["hits"]) for fault in shown] == [(name, 2, 0)]
    assert http.get("/faults").json()["faults"] == []


def test_an_unknown_fault_is_refused_with_those_there_are(http: httpx.Client) -> None:
    answer = http.post("/faults", json={"name": "nonsense"})

    assert answer.status_code == 400
    assert "short_page" in answer.json()["detail"]


def test_hits_are_counted(http: httpx.Client, sandbox: Sandbox) -> None:
    with sandbox.fault("http_429_with_retry_after", provider="stac", every=2, retry_after=3):
        answers = [http.get("/stac") for _ in range(4)]
        hits = sandbox.hits("http_429_with_retry_after")

    assert [answer.status_code for answer in answers] == [200, 429, 200, 429]
    assert answers[1].headers["retry-after"] == "3"
    assert hits == 2
