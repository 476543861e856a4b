import httpx
import pytest

from sandbox.client import Sandbox, SandboxError
from sandbox.kinds import KINDS


def test_a_fault_is_switched_on_and_off(http: httpx.Client, sandbox: Sandbox) -> None:
    with sandbox.fault("short_page", provider="stac", every=2, after=5, subject="ticks"):
        (shown,) = http.get("/faults").json()["faults"]

    expected = {"name": "short_page", "every": 2, "after": 5, "subject": "ticks", "hits": 0}
    assert expected.items() <= shown.items()
    assert http.get("/faults").json()["faults"] == []


def test_the_kinds_are_a_table(http: httpx.Client) -> None:
    table = {row["name"]: row for row in http.get("/faults/kinds").json()}

    assert set(table) == set(KINDS)
    assert table["short_page"]["stage"] == "page"
    assert "stac" in table["short_page"]["families"]
    assert table["zip_bomb"]["options"] == {"bytes": 1 << 28}


def test_a_fault_that_cannot_be_shown_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="can be shown by"):
        sandbox.fault("short_page", provider="cds").__enter__()
    with pytest.raises(SandboxError, match="has the options"):
        sandbox.fault("short_page", colour="red").__enter__()


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
