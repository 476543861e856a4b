"""The board tells what is, for every collection, by as many questions for 50 as for one."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from inlet.house import House
from inlet.settings import Settings
from lake.ledger import watermarks
from portal.pages import board
from portal.pages.airflow import Counted
from portal.pages.board import Line, Tally
from tests.portal.pages.answering import ADMIN, LAST, FakeAirflow, client


def line(house: House, airflow: FakeAirflow, name: str = "sst") -> Line:
    [found] = board.lines(house, airflow, name)
    return found


def test_a_row_counts_what_is_out_and_what_is_held_back(house: House) -> None:
    assert line(house, FakeAirflow()).tally == Tally(1, 0, 0, 1, 0)


def test_every_collection_has_a_row_before_anything_was_harvested(house: House) -> None:
    names = [row.name for row in board.lines(house, FakeAirflow())]

    assert names == sorted(house.portfolio.collections)


def test_a_broken_file_is_named_with_line_and_remedy(pages: TestClient) -> None:
    page = pages.get("/").text

    assert "collections/broken.yaml:2" in page
    assert "did you mean &#39;sources&#39;?" in page


def test_a_file_that_was_mended_is_no_longer_named(pages: TestClient, portfolio: Path) -> None:
    broken = portfolio / "collections" / "mended.yaml"
    broken.write_text("id: mended\n")
    before = pages.get("/").text
    broken.unlink()

    assert "mended.yaml" in before
    assert "mended.yaml" not in pages.get("/").text


def test_a_collection_without_a_dag_is_behind(house: House, airflow: FakeAirflow) -> None:
    assert "no DAG" in str(line(house, airflow).behind)


def test_a_paused_collection_promises_nothing(house: House, airflow: FakeAirflow) -> None:
    airflow.has("sst", is_paused=True, every=timedelta(days=1))

    assert line(house, airflow).behind is None


@pytest.mark.parametrize(("days", "is_behind"), [(4, False), (30, True)])
def test_it_is_behind_where_its_cursor_stays_longer_than_two_turns_and_its_lateness(
    house: House, airflow: FakeAirflow, days: int, is_behind: bool
) -> None:
    airflow.has("era5", every=timedelta(days=1))
    with house.ledger.begin() as tx:
        watermarks.put(tx, "era5", "sandbox_cds", "sensing", tx.now - timedelta(days=days))

    assert bool(line(house, airflow, "era5").behind) is is_behind


def test_the_last_run_and_census_are_links_into_airflow(
    pages: TestClient, airflow: FakeAirflow
) -> None:
    airflow.has("sst", every=timedelta(days=1))
    airflow.counted["sst"] = Counted("failed", LAST, "scheduled__a/b")
    page = pages.get("/").text

    assert 'href="/dags/harvest_sst/runs/scheduled__1" target="_top"' in page
    assert 'href="/dags/census/runs/scheduled__a/b"' in page
    assert ">gaps</span>" in page


def test_more_collections_cost_no_more_questions(house: House) -> None:
    asked: list[str] = []
    event.listen(house.ledger.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    board.lines(house, FakeAirflow(), "sst")
    of_one = len(asked)
    asked.clear()
    board.lines(house, FakeAirflow())

    assert len(asked) == of_one


def test_an_empty_portfolio_says_what_to_do(house: House, tmp_path: Path) -> None:
    for folder in ("providers", "collections"):
        (tmp_path / folder).mkdir()
    empty = House(
        Settings(home=tmp_path, portfolio=tmp_path), house.portfolio, house.ledger, house.store
    )

    page = client(empty, FakeAirflow(), ADMIN).get("/").text

    assert "There is no collection yet" in page
    assert "Onboard a provider" in page
