"""What Airflow's API answers badly now and then, and what is made of it."""

import pytest

from inlet.demand.airflow import Airflow
from inlet.errors import AirflowSilent, AirflowUnready
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
