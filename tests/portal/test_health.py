"""Health that tells the truth: services asked over real HTTP, one of them gone."""

import asyncio
import threading
import time
from pathlib import Path

import httpx

from portal.health import ANSWERS, Readiness
from tests.portal.knocking import a_portal


def ready(url: str) -> tuple[int, dict[str, str]]:
    answer = httpx.get(f"{url}/health/ready", trust_env=False, timeout=30)
    return answer.status_code, answer.json()["services"]


def test_an_embedded_portal_is_ready_without_any_service(tmp_path: Path) -> None:
    with a_portal(tmp_path / "home") as url:
        assert httpx.get(f"{url}/health/live", trust_env=False).status_code == 200
        assert ready(url) == (200, {"database": ANSWERS, "lake": ANSWERS})


def test_a_broker_that_is_not_there_makes_it_unready_but_not_dead(tmp_path: Path) -> None:
    with a_portal(tmp_path / "home", {"INLET_KAFKA": "127.0.0.1:9"}) as url:
        status, said = ready(url)

        assert httpx.get(f"{url}/health/live", trust_env=False).status_code == 200
    assert status == 503
    assert said["broker"] != ANSWERS
    assert said["database"] == ANSWERS


def test_with_pgstac_the_catalogue_is_asked_too(stac: str) -> None:
    status, said = ready(stac)

    assert status == 200
    assert said["catalogue"] == ANSWERS


def test_a_service_that_hangs_is_called_down_in_time_and_asked_once() -> None:
    asked, freed = [], threading.Event()

    def hang() -> None:
        asked.append(time.monotonic())
        freed.wait(30)

    readiness = Readiness({"slow": hang, "quick": lambda: None}, (), patience_seconds=0.1)
    said = [asyncio.run(readiness.ask()) for _ in range(3)]
    freed.set()

    assert {answer["quick"] for answer in said} == {ANSWERS}
    assert {answer["slow"] for answer in said} == {"expected an answer within 0.1 s, came none"}
    assert len(asked) == 1


def test_what_a_service_complains_of_is_told() -> None:
    def refuse() -> None:
        raise OSError("no room")

    said = asyncio.run(Readiness({"lake": refuse}, (OSError,)).ask())

    assert said == {"lake": "OSError: no room"}
