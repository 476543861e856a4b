"""What Airflow's API answers badly now and then, and what is made of it."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from inlet.demand.airflow import Airflow
from inlet.errors import AirflowSilent, AirflowUnready
from inlet.pools import Pool
from inlet.settings import Settings
from tests.harvesters.tiny_server import Reply, serving

RUN = "/api/v2/dags/harvest_sst/dagRuns/request__1"
BUSY = Reply(b'{"detail": "Database error"}', status=500)


def test_an_answer_that_failed_once_is_asked_for_again() -> None:
    with serving() as server, Airflow.at(Settings(airflow=server.url)) as airflow:
        server.put(RUN, BUSY, Reply(b'{"state": "success"}'))

        assert airflow.ended("harvest_sst", "request__1") == "success"
    assert len(server.asked) == 2


def test_one_that_fails_each_time_is_said_to_be_silent() -> None:
    with serving() as server, Airflow.at(Settings(airflow=server.url)) as airflow:
        server.put(RUN, BUSY)

        with pytest.raises(AirflowSilent, match="came 500") as silence:
            airflow.ended("harvest_sst", "request__1")
    assert not isinstance(silence.value, AirflowUnready)


def test_one_that_will_not_take_something_is_told_from_one_that_is_silent() -> None:
    with serving() as server, Airflow.at(Settings(airflow=server.url)) as airflow:
        server.put(RUN, Reply(b'{"detail": "has import errors"}', status=400))

        with pytest.raises(AirflowUnready, match="has import errors"):
            airflow.ended("harvest_sst", "request__1")
        with pytest.raises(AirflowUnready, match="not there yet"):
            airflow.require_open("harvest_elsewhere")


def test_pools_are_known_however_many_there_are_and_however_short_a_page_is() -> None:
    """Airflow clamps what is asked for to its ``maximum_page_limit``, a hundred by default."""
    names = [f"pool-{n}" for n in range(5)]
    pages = [
        {"pools": [{"name": name} for name in some], "total_entries": len(names)}
        for some in (names[:2], names[2:4], names[4:])
    ]
    with serving() as server, Airflow.at(Settings(airflow=server.url)) as airflow:
        server.put("/api/v2/pools", *(Reply(json.dumps(page).encode()) for page in pages))

        assert airflow.provide([Pool(name, 1, "") for name in names]) == []
    offsets = [dict(parse_qsl(urlsplit(path).query))["offset"] for path, _ in server.asked]
    assert offsets == ["0", "2", "4"]
