"""A provider brought in on the pages: drafted by a form, shown with its picture, decided about."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from inlet.house import House
from inlet.onboarding import placing
from inlet.onboarding.trying import try_out
from lake.ledger import drafts
from lake.ledger.drafts import DraftId, Kind
from sandbox.client import Sandbox
from tests.inlet.onboarding.makers import QUICK, TICKS, a_house
from tests.portal.pages.answering import VIEWER, FakeAirflow, client, seal

DRAFT = DraftId(1)


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> Iterator[House]:
    """A house that may onboard from the sandbox."""
    where = frozenset({sandbox.url.removeprefix("http://")})
    with a_house(tmp_path, private_providers=where) as made:
        yield made


def add(pages: TestClient, origin: str, **fields: str) -> str:
    """Send the form; return what the next page says."""
    mark = seal(pages, "/onboarding")
    answer = pages.post("/onboarding/add", data={"seal": mark, "origin": origin, **fields})
    assert answer.status_code == 303, answer.text
    return pages.get(answer.headers["location"].removeprefix("/inlet")).text


def press(pages: TestClient, what: str, **fields: str) -> str:
    mark = seal(pages, "/onboarding")
    answer = pages.post(f"/onboarding/{what}", data={"seal": mark, **fields})
    assert answer.status_code == 303, answer.text
    return pages.get(answer.headers["location"].removeprefix("/inlet")).text


def test_a_form_drafts_a_provider_and_has_it_tried_out(
    pages: TestClient, airflow: FakeAirflow, sandbox: Sandbox
) -> None:
    said = add(pages, f"{sandbox.url}/stac", collections=TICKS, around="2024-02-01")

    assert "It is being tried out" in said
    assert "api_endpoint" in said
    assert airflow.started == [("onboard", {"draft": 1, "around": "2024-02-01"}, "ada")]


def test_a_key_that_is_typed_for_its_name_is_not_shown(
    pages: TestClient, sandbox: Sandbox
) -> None:
    said = add(pages, f"{sandbox.url}/stac", collections=TICKS, credential="sk-6f1f7a9e")

    assert "expected the NAME of a credential" in said
    assert "6f1f7a9e" not in said


def test_what_cannot_be_drafted_is_said_on_the_form(
    pages: TestClient, airflow: FakeAirflow, sandbox: Sandbox
) -> None:
    assert "expected collections of those" in add(pages, f"{sandbox.url}/stac", collections="no")
    assert "expected a public address" in add(pages, "http://127.0.0.2:9/stac")
    assert "169.254.169.254" in add(pages, "http://169.254.169.254/latest/meta-data/")
    assert airflow.started == []


def test_the_report_is_shown_with_its_picture_and_an_approval_puts_it_live(
    house: House, pages: TestClient, sandbox: Sandbox
) -> None:
    add(pages, f"{sandbox.url}/stac", collections=TICKS)
    try_out(house, DRAFT, QUICK)

    page = pages.get("/onboarding/1").text
    assert "Nothing is in the way" in page
    assert 'src="data:image/png;base64,' in page
    assert "Nothing was decided" in press(pages, "1/approve", reason=" ")
    assert "It is in the portfolio" in press(pages, "1/approve", reason="wanted", paused="true")

    text = (house.settings.portfolio_root / "collections" / f"{TICKS}.yaml").read_text()
    assert "paused: true" in text
    said = press(pages, "live/sandbox/remove", reason="for a test")
    assert "sandbox is harvested no more; 0 items stay published" in said
    with house.ledger.begin() as tx:
        made = [d.kind for d in drafts.decisions(tx, "sandbox")]
    assert made == [Kind.APPROVE, Kind.GO_LIVE, Kind.REMOVE]


def test_the_answer_goes_to_the_run_that_waits_for_it(
    house: House, pages: TestClient, airflow: FakeAirflow, sandbox: Sandbox
) -> None:
    add(pages, f"{sandbox.url}/stac", collections=TICKS)
    try_out(house, DRAFT, QUICK)
    with house.ledger.begin() as tx:
        drafts.taken_by(tx, DRAFT, "draft-1")
    airflow.waiting = True

    assert "It was rejected. Its run goes on." in press(pages, "1/reject", reason="the licence")
    (given,) = airflow.answers
    assert (given.run_id, given.chosen, given.by) == ("draft-1", "Reject", "ada")
    assert "Somebody has answered" in press(pages, "1/approve", reason="wanted")
    assert not list(house.settings.portfolio_root.rglob("*.yaml"))


def test_what_was_approved_and_could_not_be_written_is_put_live_by_the_same_button(
    house: House, pages: TestClient, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(pages, f"{sandbox.url}/stac", collections=TICKS)
    try_out(house, DRAFT, QUICK)
    with monkeypatch.context() as patch:
        patch.setattr(placing, "replace", _refusing)
        assert "Permission denied" in press(pages, "1/approve", reason="wanted")

    assert "/onboarding/1/approve" in pages.get("/onboarding/1").text
    assert "It is in the portfolio" in press(pages, "1/approve", reason="wanted")


def _refusing(file: Path, _text: str) -> None:
    raise PermissionError(13, "Permission denied", str(file))


def test_who_may_only_read_sees_drafts_and_no_form(
    house: House, pages: TestClient, airflow: FakeAirflow, sandbox: Sandbox
) -> None:
    add(pages, f"{sandbox.url}/stac", collections=TICKS)
    reader = client(house, airflow, VIEWER)

    assert "api_endpoint" in reader.get("/onboarding/1").text
    assert "<form" not in reader.get("/onboarding").text
    assert reader.post("/onboarding/1/approve", data={"reason": "x"}).status_code == 403
