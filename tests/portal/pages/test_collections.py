"""A collection's page, also where its file is broken; and a harvest that is asked for there."""

from starlette.testclient import TestClient

from tests.portal.pages.answering import ADMIN, FakeAirflow, seal


def harvest(pages: TestClient) -> str:
    answer = pages.post("/collections/sst/harvest", data={"seal": seal(pages, "/collections/sst")})
    return pages.get(answer.headers["location"].removeprefix("/inlet")).text


def test_it_shows_items_discoveries_and_what_is_not_here(pages: TestClient) -> None:
    page = pages.get("/collections/sst").text

    assert "sandbox-sst-20240101" in page
    assert "by published time" in page or "by sensing time" in page
    assert "sea_surface_temperature: expected 0 to 1 K" in page


def test_items_may_be_chosen_by_state(pages: TestClient) -> None:
    page = pages.get("/collections/sst?state=quarantined").text
    gallery = page.partition('<div class="gallery">')[2].partition("<h2>")[0]

    assert "sandbox-sst-20240102" in gallery
    assert "sandbox-sst-20240101" not in gallery


def test_a_broken_collection_has_a_page_that_says_why(pages: TestClient) -> None:
    answer = pages.get("/collections/broken")

    assert answer.status_code == 200
    assert "broken.yaml:2" in answer.text


def test_an_unknown_collection_is_404(pages: TestClient) -> None:
    assert pages.get("/collections/nowhere").status_code == 404


def test_the_tab_of_a_harvests_dag_is_its_collection(pages: TestClient) -> None:
    assert "sandbox-sst-20240101" in pages.get("/dags/harvest_sst").text
    assert "harvests no collection" in pages.get("/dags/census").text


def test_a_harvest_is_started_in_the_name_of_who_asked(
    pages: TestClient, airflow: FakeAirflow
) -> None:
    airflow.has("sst")

    assert "was started" in harvest(pages)
    assert airflow.started == [("harvest_sst", {}, ADMIN.name)]


def test_a_harvest_of_a_paused_dag_is_said_to_wait(
    pages: TestClient, airflow: FakeAirflow
) -> None:
    airflow.has("sst", is_paused=True)

    assert "Unpause the DAG" in harvest(pages)


def test_a_harvest_that_airflow_refuses_says_why(pages: TestClient, airflow: FakeAirflow) -> None:
    airflow.has("sst")
    before = seal(pages, "/collections/sst")
    airflow.refusal = "Dag id harvest_sst not found"

    answer = pages.post("/collections/sst/harvest", data={"seal": before})

    said = pages.get(answer.headers["location"].removeprefix("/inlet")).text
    assert "Dag id harvest_sst not found" in said
