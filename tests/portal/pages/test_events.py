"""What was asked for on demand, and what was told: sent, waiting, refused."""

from starlette.testclient import TestClient

from inlet.house import House
from lake.ledger import outbox, requests
from lake.ledger.requests import RequestState, Wanted
from lake.nouns import Signal
from tests.makers import NEW_YEAR, a_day


def test_every_event_tells_whether_it_was_sent(house: House, pages: TestClient) -> None:
    with house.ledger.begin() as tx:
        outbox.append(tx, Signal("refused-1", "inlet.test", "sst/<b>", NEW_YEAR, "{}"))
        outbox.refuse(tx, "refused-1", "too <large>")
    page = pages.get("/events").text

    assert "org.ogc.api.collection.item.create" in page
    assert ">refused</span><small>too &lt;large&gt;</small>" in page
    assert "sst/&lt;b&gt;" in page


def test_a_request_is_shown_with_who_asked_how_it_ended_and_its_run(
    house: House, pages: TestClient
) -> None:
    with house.ledger.begin() as tx:
        wanted = Wanted("d" * 64, "sst", a_day(), {}, "Eve <eve@example.org>", "kafka")
        made, _ = requests.ask(tx, wanted)
        requests.settle(tx, made.name, RequestState.REJECTED, "quota", "too much at once")
    page = pages.get("/events").text

    assert "Eve &lt;eve@example.org&gt;<small>by kafka</small>" in page
    assert ">rejected</span><small>quota: too much at once</small>" in page
    assert f"/dags/harvest_sst/runs/{made.run}" in page


def test_a_request_that_named_no_window_is_shown_all_the_same(
    house: House, pages: TestClient
) -> None:
    with house.ledger.begin() as tx:
        requests.ask(tx, Wanted("e" * 64, "sst", None, {}, "airflow:eve", "airflow"))

    assert "airflow:eve<small>by airflow</small>" in pages.get("/events").text
