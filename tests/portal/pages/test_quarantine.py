"""A person decides about what the gate held back; who and why is kept, and the item goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from inlet import quarantine
from inlet.house import House, opened
from lake.ledger.states import ItemState
from lake.nouns import ItemId
from sandbox.client import Sandbox
from tests.inlet import gated
from tests.portal.pages.answering import ADMIN, FakeAirflow, client, seal


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> Iterator[House]:
    """A house whose only item is in quarantine."""
    with opened(gated.settings(tmp_path, sandbox)) as made:
        gated.held_back(made)
        yield made


def decide(pages: TestClient, what: str, **fields: str) -> str:
    """Press a button; return what the next page says."""
    answer = pages.post(f"/quarantine/1/{what}", data={"seal": seal(pages), **fields})
    assert answer.status_code == 303, answer.text
    return pages.get(answer.headers["location"].removeprefix("/inlet")).text


def state(house: House) -> ItemState:
    return quarantine.case(house, ItemId(1)).item.state


def test_what_the_gate_has_against_it_is_shown(pages: TestClient) -> None:
    page = pages.get("/quarantine").text

    assert "judged by tight@2" in page
    assert "values stay in range" in page


def test_a_release_is_kept_with_its_name_and_reason_and_goes_on_by_a_run(
    house: House, pages: TestClient, airflow: FakeAirflow
) -> None:
    said = decide(pages, "release", reason="a known calm sea")

    assert "is being released" in said
    [made] = quarantine.case(house, ItemId(1)).decisions
    assert (made.kind, made.by, made.reason) == ("release", ADMIN.name, "a known calm sea")
    assert state(house) is ItemState.JUDGED
    assert airflow.started == [("go_on", {"item": 1}, ADMIN.name)]


def test_it_may_be_judged_again_or_made_anew(house: House, pages: TestClient) -> None:
    decide(pages, "retry", reason="the suite was wrong", convert="true")

    assert state(house) is ItemState.ASSEMBLING


def test_a_discarded_one_is_withdrawn_and_starts_no_run(
    house: House, pages: TestClient, airflow: FakeAirflow
) -> None:
    said = decide(pages, "discard", reason="beyond help")

    assert "was discarded" in said
    assert state(house) is ItemState.WITHDRAWN
    assert not airflow.started


def test_of_what_left_the_portfolio_the_page_says_what_can_be_done(
    house: House, tmp_path: Path, airflow: FakeAirflow
) -> None:
    (tmp_path / "portfolio" / "collections" / "sst.yaml").unlink()
    with opened(house.settings) as without:
        pages = client(without, airflow, ADMIN)

        assert "sst left the portfolio" in decide(pages, "release", reason="a known calm sea")
        assert state(house) is ItemState.QUARANTINED
        assert "was discarded" in decide(pages, "discard", reason="nobody wants it")


@pytest.mark.parametrize("what", ["release", "retry", "discard"])
def test_nothing_is_decided_without_a_reason(house: House, pages: TestClient, what: str) -> None:
    assert "Nothing was decided" in decide(pages, what, reason="  ")
    assert state(house) is ItemState.QUARANTINED


def test_a_second_decision_is_told_that_there_was_a_first(pages: TestClient) -> None:
    before = seal(pages)
    decide(pages, "discard", reason="beyond help")

    answer = pages.post("/quarantine/1/release", data={"seal": before, "reason": "or not"})

    assert "expected it in quarantine, it is withdrawn" in pages.get(
        answer.headers["location"].removeprefix("/inlet")
    ).text.replace("&#39;", "'")


def test_without_airflow_it_is_decided_all_the_same_and_says_when_it_goes_on(
    house: House,
) -> None:
    airflow = FakeAirflow()
    airflow.refusal = "Dag id go_on not found"
    pages = client(house, airflow, ADMIN)

    said = decide(pages, "release", reason="a known calm sea")

    assert "the next harvest of its collection brings it on" in said
    assert state(house) is ItemState.JUDGED


def test_what_an_action_says_is_said_once(pages: TestClient) -> None:
    said = decide(pages, "discard", reason="beyond help")

    assert "was discarded" in said
    assert "was discarded" not in pages.get("/quarantine").text
