"""Inlet in a real Airflow, seen by a real browser: the pages work, look right, and keep shut.

Screenshots are kept below ``INLET_SCREENSHOTS``, where that is set.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from inlet.harvest import harvest
from lake.ledger import quarantine
from sandbox.client import Sandbox
from tests.airflow_fixture import ADMIN, VIEWER, RunningAirflow
from tests.browser import Page, browsing
from tests.inlet import gated
from tests.inlet.onboarding.makers import TICKS, a_token
from tests.makers import a_day

A_DAY = {"start": "2024-02-01T00:00:00+00:00", "end": "2024-02-02T00:00:00+00:00"}
TICKS_A_DAY = 4
PATIENCE_SECONDS = 300
PAGES = ("", "collections/sst", "items/1", "quarantine", "events", "onboarding")
BOARD = "document.querySelector('iframe')?.contentDocument?.querySelector('table a')"


@pytest.fixture(scope="module")
def airflow(airflow_running: RunningAirflow) -> Iterator[RunningAirflow]:
    """An Airflow with one published day of ``sst`` and one in quarantine; one file is broken."""
    collections = airflow_running.portfolio / "collections"
    before = (collections / "sst.yaml").read_text()
    with airflow_running.house() as house:
        assert harvest(house, "sst", a_day()).published == 1
    gated.demand(airflow_running.portfolio.parent, gated.TOO_TIGHT)
    with airflow_running.house() as house:
        assert harvest(house, "sst", a_day(1)).left_out == 1
    (collections / "broken.yaml").write_text("id: broken\nsourcez: []\n")
    yield airflow_running
    (collections / "broken.yaml").unlink()
    (collections / "sst.yaml").write_text(before)


@pytest.fixture(scope="module")
def browser(airflow: RunningAirflow) -> Iterator[Page]:
    """A browser in which somebody logged in as ``admin`` by Airflow's own form."""
    with browsing() as page:
        page.resize(1280, 800)
        page.open(airflow.url)
        page.type("input[name=username]", ADMIN)
        page.type("input[name=password]", airflow.password(ADMIN))
        page.click("button[type=submit]:not([disabled])")
        page.until("document.querySelector('a[href$=\"/plugin/inlet\"]')")
        yield page


def keep(page: Page, name: str, *, is_whole: bool = True) -> None:
    if folder := os.environ.get("INLET_SCREENSHOTS"):
        page.picture(Path(folder) / f"{name}.png", is_whole=is_whole)


def test_nobody_sees_a_page_without_a_login(airflow: RunningAirflow) -> None:
    with airflow.client(None) as anonymous:
        assert {anonymous.get(f"/inlet/{path}").status_code for path in PAGES} == {401}


def test_a_viewer_reads_every_page_and_releases_nothing(airflow: RunningAirflow) -> None:
    with airflow.client(VIEWER) as viewer:
        read = {path: viewer.get(f"/inlet/{path}").status_code for path in PAGES}
        refused = viewer.post("/inlet/quarantine/2/release", data={"reason": "I wish"})

    assert set(read.values()) == {200}, read
    assert refused.status_code == 403


def test_the_board_is_in_the_navigation_and_names_the_broken_file(browser: Page) -> None:
    browser.click('a[href$="/plugin/inlet"]')
    browser.until(BOARD)
    frame = "document.querySelector('iframe').contentDocument"

    assert "collections/broken.yaml:2" in browser.run(
        f"{frame}.querySelector('.problem').innerText"
    )
    assert browser.run(f"{frame}.querySelectorAll('tbody tr').length") == 4
    browser.until(f"[...{frame}.images].every(image => image.complete)")
    keep(browser, "board", is_whole=False)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_drawn_whole_wide_and_narrow_light_and_dark(
    airflow: RunningAirflow, browser: Page, path: str
) -> None:
    for width, is_dark in ((1280, False), (1280, True), (420, False)):
        browser.resize(width, 800, is_dark=is_dark)
        browser.open(f"{airflow.url}/inlet/{path}")

        theme = browser.run("document.documentElement.dataset.theme")
        assert theme == ("dark" if is_dark else "light"), "the script did not run"
        assert browser.run("document.documentElement.scrollWidth") <= width, "it is cut off"
        assert not browser.run("document.querySelectorAll('img.missing').length")
        assert not browser.complaints
        keep(browser, f"{path.partition('/')[0] or 'board'}-{width}{'-dark' * is_dark}")


def test_the_picture_of_an_item_is_drawn(airflow: RunningAirflow, browser: Page) -> None:
    browser.open(f"{airflow.url}/inlet/items/1")

    assert browser.run("document.querySelector('.hero img').naturalWidth") > 100


def test_a_released_item_is_published_by_a_run_and_says_who_let_it_out(
    airflow: RunningAirflow, browser: Page
) -> None:
    browser.resize(1280, 800)
    browser.open(f"{airflow.url}/inlet/quarantine")
    browser.type("input[name=reason]", "a known calm sea")
    browser.click("button.primary")
    browser.until("document.querySelector('.said')?.innerText.includes('is being released')")
    keep(browser, "released")
    browser.until("document.querySelector('h1')?.innerText.includes('published')")
    browser.until("document.querySelector('.hero img').naturalWidth > 100")

    with airflow.house() as house, house.ledger.begin() as tx:
        [made] = quarantine.decisions(tx, 2)
    assert (made.by, made.reason) == (ADMIN, "a known calm sea")


def test_a_harvest_is_started_from_its_collections_page(
    airflow: RunningAirflow, browser: Page
) -> None:
    browser.open(f"{airflow.url}/inlet/collections/climate-dt")
    browser.click("button.primary")
    browser.until(
        "document.querySelector('.said')?.innerText.includes('A harvest since the cursor')"
    )

    with airflow.client() as client:
        runs = client.get("/api/v2/dags/harvest_climate-dt/dagRuns").json()["dag_runs"]
    assert [run["triggering_user_name"] for run in runs] == [ADMIN]
    assert all(re.fullmatch(r"inlet__\d{8}T\d{6}", run["dag_run_id"]) for run in runs)


def test_the_board_shows_the_last_run_and_the_last_census(
    airflow: RunningAirflow, browser: Page
) -> None:
    asked = {"collection": "sst", "since": "2024-01-01T00:00:00Z", "until": "2024-01-03T00:00:00Z"}
    counted = airflow.trigger("census", asked)
    airflow.ended("census", counted)
    browser.open(f"{airflow.url}/inlet/")
    badge = (
        f"document.querySelector('a[href*=\"/dags/census/runs/{counted[:8]}\"] .badge').innerText"
    )

    assert browser.run(badge) in {"complete", "gaps"}
    assert browser.run(
        "document.querySelectorAll('a[href*=\"/dags/harvest_climate-dt/runs/inlet__\"]').length"
    )
    keep(browser, "board-with-runs")


def until(airflow: RunningAirflow, path: str, holds: Callable[[httpx.Response], bool]) -> None:
    """Ask Airflow until its answer is as it should be."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with airflow.client() as client:
        while not holds(answer := client.get(f"/api/v2/{path}")):
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.5)


def test_airflow_itself_names_the_broken_file(airflow: RunningAirflow, browser: Page) -> None:
    browser.open(airflow.url)
    browser.look_again_until("document.body.innerText.includes('Import Error')")
    browser.press("Import Error")
    browser.until("document.querySelector('[role=dialog]')?.innerText.includes('_check.py')")
    browser.press("portfolio_check.py")
    browser.until("document.body.innerText.includes('collections/broken.yaml:2')")
    keep(browser, "import-errors", is_whole=False)


@pytest.fixture
def bridge(airflow: RunningAirflow) -> Iterator[None]:
    """``inlet bridge`` runs, which makes the pools of providers that came after its start."""
    entry = {"INLET_AIRFLOW": airflow.url, "INLET_AIRFLOW_PASSWORD": airflow.password(ADMIN)}
    process = subprocess.Popen(
        [sys.executable, "-m", "inlet", "bridge"], env=dict(airflow.environment) | entry
    )
    yield
    process.terminate()
    process.wait()


@pytest.mark.usefixtures("bridge")
def test_a_provider_is_onboarded_by_the_form_seen_approved_and_harvested(
    airflow: RunningAirflow, sandbox: Sandbox, browser: Page
) -> None:
    """The sandbox's fifth provider; its key is a connection of Airflow's, which the form names."""
    dag, form = f"harvest_{TICKS}", "section[aria-label='A new provider']"
    with airflow.client() as client:
        key = {"connection_id": "inlet_provider_hda_token", "conn_type": "generic"}
        client.post("/api/v2/connections", json={**key, "password": a_token(sandbox)})
    browser.open(f"{airflow.url}/inlet/onboarding")
    browser.type(f"{form} textarea[name=origin]", f"{sandbox.url}/hda/stac/v2")
    browser.type(f"{form} input[name=collections]", TICKS)
    browser.type(f"{form} input[name=name]", "hda")
    browser.type(f"{form} input[name=credential]", "PROVIDER_HDA_TOKEN")
    browser.click(f"{form} button.primary")
    browser.look_again_until("document.querySelector('h1 .badge')?.innerText === 'passed'")

    assert browser.run(f"document.querySelector('[aria-label={TICKS}] img').naturalWidth") > 100
    keep(browser, "onboarding-report")
    until(
        airflow,
        "dags/onboard/dagRuns/~/taskInstances?task_id=approval",
        lambda said: "awaiting_input" in said.text,
    )
    browser.type("[aria-label=Decide] input[name=reason]", "we need it")
    browser.click("[aria-label=Decide] button.primary")
    browser.until("document.querySelector('.said')?.innerText.includes('Its run goes on')")
    browser.look_again_until("document.querySelector('h1 .badge')?.innerText === 'live'")
    keep(browser, "onboarding-live")

    until(airflow, f"dags/{dag}", lambda said: said.is_success)
    browser.open(f"{airflow.url}/dags/{dag}")
    browser.until(f"document.body.innerText.includes('{dag}')")
    keep(browser, "onboarding-dag", is_whole=False)
    until(airflow, "pools/provider-hda", lambda said: said.is_success)
    assert airflow.ended(dag, airflow.trigger(dag, A_DAY)) == "success"
    browser.open(f"{airflow.url}/inlet/collections/{TICKS}")
    assert browser.run("document.querySelectorAll('.gallery img').length") == TICKS_A_DAY
    keep(browser, "onboarding-harvested")
