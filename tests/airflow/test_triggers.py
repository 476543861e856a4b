"""A real scheduler on PostgreSQL: every way to ask for a harvest leads to published items, once.

And a scheduler, a triggerer and their tasks, killed in the middle, lose and double nothing.
"""

import itertools
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from catalog import events
from harvesters.request import read
from inlet.demand import desk
from inlet.demand.airflow import Airflow
from inlet.demand.bridge import GROUP, bridge, look_after
from inlet.demand.executor import ByAirflow, start
from inlet.errors import AirflowUnready
from inlet.house import House
from inlet.pools import pools
from lake.broker import Consumer, Message, Producer, ensure_topic
from lake.ledger import outbox, progress, requests, scopes, watermarks
from lake.ledger.requests import Request, RequestState
from lake.nouns import Window
from tests.airflow_fixture import RunningAirflow
from tests.makers import a_day

PATIENCE_SECONDS = 240
DAG = "harvest_sst"
ORDERING = "harvest_climate-dt"


@pytest.fixture(scope="module")
def airflow(airflow_running: RunningAirflow) -> RunningAirflow:
    """An Airflow whose DAG of ``sst`` is not paused."""
    unpause(airflow_running, DAG)
    return airflow_running


@pytest.fixture
def house(airflow: RunningAirflow) -> Iterator[House]:
    with airflow.house() as opened:
        yield opened


@pytest.fixture
def by_rest(airflow: RunningAirflow) -> Iterator[Airflow]:
    """Airflow as Inlet's own requests reach it."""
    with Airflow.at(airflow.entry) as opened:
        yield opened


def until(holds: Callable[[], object], what: str, look_every_seconds: float = 0.5) -> None:
    """Wait until something holds; say what was waited for where it does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS} s for {what}"
        time.sleep(look_every_seconds)


def unpause(airflow: RunningAirflow, dag: str) -> None:
    with airflow.client() as client:
        until(lambda: client.get(f"/api/v2/dags/{dag}").status_code == 200, "the DAG")
        client.patch(f"/api/v2/dags/{dag}", json={"is_paused": False}).raise_for_status()


def state_of(client: httpx.Client, dag: str, run: str, task: str) -> str | None:
    """The state that a task of a run is in."""
    listed = client.get(f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances").json()
    return next((t["state"] for t in listed["task_instances"] if t["task_id"] == task), None)


def state(airflow: RunningAirflow, run: str) -> str:
    with airflow.client() as client:
        return str(client.get(f"/api/v2/dags/{DAG}/dagRuns/{run}").json().get("state"))


def runs(airflow: RunningAirflow, kind: str) -> list[dict[str, Any]]:
    with airflow.client() as client:
        listed = client.get(f"/api/v2/dags/{DAG}/dagRuns", params={"limit": 100}).json()
    return [run for run in listed["dag_runs"] if run["run_type"] == kind]


def out(house: House, window: Window) -> list[str]:
    """The items of a window that are out."""
    with house.ledger.begin() as tx:
        return scopes.published(tx, "sst", scopes.offers(tx, "sst", window, None))


def asked(house: House, day: int, **more: object) -> Request:
    """Ask for a day of ``sst`` as the portal does."""
    wanted = read({"collection": "sst", **conf(day), **more}, "test")
    return desk.ask(house, wanted, "process")


def ended(house: House, name: str) -> Request | None:
    with house.ledger.begin() as tx:
        known = requests.known(tx, name)
    return None if known.state in requests.OPEN else known


def conf(day: int) -> dict[str, str]:
    return {"start": a_day(day).start.isoformat(), "end": a_day(day).end.isoformat()}


def test_the_pools_of_all_providers_are_there(airflow: RunningAirflow, by_rest: Airflow) -> None:

    with airflow.house() as house:
        assert by_rest.provide(pools(house.portfolio.providers.values())) == []


def test_the_form_and_rest_harvest_the_window_they_name(
    airflow: RunningAirflow, house: House
) -> None:
    run = airflow.trigger(DAG, conf(0))
    until(lambda: state(airflow, run) in ("success", "failed"), "a triggered run")

    assert state(airflow, run) == "success"
    assert out(house, a_day()) == ["sandbox-sst-20240101"]
    with house.ledger.begin() as tx:
        [known] = requests.of_run(tx, "sst", run)
    assert (known.state, known.via) == (RequestState.COMPLETED, "airflow")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"variables": ["sst"]}, "variables"),
        ({"end": None}, "bad-request"),
        ({"colour": "blue"}, "bad-request"),
    ],
    ids=["variables", "half a window", "unknown choice"],
)
def test_what_cannot_be_honoured_is_refused_at_once_and_not_tried_again(
    airflow: RunningAirflow, house: House, said: dict[str, object], code: str
) -> None:
    run = airflow.trigger(DAG, {**conf(0), **said})
    until(lambda: state(airflow, run) == "failed", "a refused run")

    with house.ledger.begin() as tx:
        [known] = requests.of_run(tx, "sst", run)
    assert (known.state, known.code) == (RequestState.REJECTED, code)


def test_a_request_twice_is_one_run_and_is_answered(
    airflow: RunningAirflow, house: House, by_rest: Airflow
) -> None:
    by = ByAirflow(by_rest)
    first, second = (start(house, by, asked(house, 1)) for _ in range(2))
    until(lambda: ended(house, first.name), "the request's end")

    known = ended(house, first.name)
    assert first.name == second.name
    assert known is not None
    assert (known.state, known.outcome) == (
        RequestState.COMPLETED,
        {"items": ["sandbox-sst-20240102"], "left_out": []},
    )
    assert airflow.ended(DAG, known.run) == "success"


def test_kafka_asks_and_is_answered(house: House, by_rest: Airflow) -> None:
    servers, topic = house.settings.kafka, house.settings.kafka_requests
    ensure_topic(servers, topic, 1, {})
    envelope = {"specversion": "1.0", "id": "k1", "source": "lab", "type": events.REQUEST}
    said = json.dumps({**envelope, "data": {"collection": "sst", **conf(2)}}).encode()
    with Producer(servers, "lab") as producer:
        producer.send([Message(topic, b"lab", said)])
    with Consumer(servers, topic, GROUP) as consumer:
        until(lambda: bridge(house, ByAirflow(by_rest), consumer).standing, "the message")

    def answers() -> set[str]:
        with house.ledger.begin() as tx:
            kept = [k.signal for k in outbox.tail(tx, 200)]
        return {
            s.type
            for s in kept
            if s.type in events.OF_REQUESTS and json.loads(s.data)["correlation"] == "k1"
        }

    until(lambda: events.REQUEST_COMPLETED in answers(), "the answer")
    assert answers() == {events.REQUEST_ACCEPTED, events.REQUEST_COMPLETED}
    assert out(house, a_day(2)) == ["sandbox-sst-20240103"]


def test_a_backfill_harvests_each_interval_once(airflow: RunningAirflow, house: House) -> None:
    begin = datetime(2024, 1, 4, tzinfo=UTC)
    body = {
        "dag_id": DAG,
        "from_date": begin.isoformat(),
        "to_date": (begin + timedelta(hours=1)).isoformat(),
        "max_active_runs": 2,
    }
    with airflow.client() as client:
        client.post("/api/v2/backfills", json=body).raise_for_status()
    until(
        lambda: (
            runs(airflow, "backfill")
            and {r["state"] for r in runs(airflow, "backfill")} <= {"success", "failed"}
        ),
        "the backfill",
    )

    made = runs(airflow, "backfill")
    windows = sorted((r["data_interval_start"], r["data_interval_end"]) for r in made)
    assert {r["state"] for r in made} == {"success"}
    assert all(one[1] == other[0] for one, other in itertools.pairwise(windows))
    assert out(house, a_day(3)) == ["sandbox-sst-20240104"]


def test_the_schedule_goes_on_from_the_cursor(airflow: RunningAirflow, house: House) -> None:
    until(
        lambda: [r for r in runs(airflow, "scheduled") if r["state"] in ("success", "failed")],
        "a scheduled run",
    )

    assert runs(airflow, "scheduled")[0]["state"] == "success"
    with house.ledger.begin() as tx:
        assert watermarks.every(tx, "sst")


def test_dags_built_on_a_collection_have_one_run_for_each_of_its_items(
    airflow: RunningAirflow, house: House
) -> None:
    for example in ("after_sst", "each_of_sst"):
        unpause(airflow, example)
    airflow.ended(DAG, airflow.trigger(DAG, conf(6)))

    def runs_by_item() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        with airflow.client() as client:
            listed = client.get("/api/v2/dags/each_of_sst/dagRuns").json()["dag_runs"]
        for run in listed:
            found.setdefault(run["partition_key"], []).append(run["state"])
        return found

    until(lambda: "success" in runs_by_item().get("sandbox-sst-20240107", ()), "the item's run")
    assert all(len(of_one) == 1 for of_one in runs_by_item().values())
    assert out(house, a_day(6)) == ["sandbox-sst-20240107"]


def test_scheduler_triggerer_and_tasks_killed_in_the_middle_lose_and_double_nothing(
    airflow: RunningAirflow, house: House, by_rest: Airflow
) -> None:
    """Killed while a task works, and again while the orders wait in the triggerer."""
    unpause(airflow, ORDERING)
    known = start(house, ByAirflow(by_rest), asked(house, 5, collection="climate-dt"))
    with airflow.client() as client:
        for task, moment in (("discover", "running"), ("bring.order", "deferred")):
            until(
                lambda of=task, at=moment: state_of(client, ORDERING, known.run, of) == at,
                f"{task} to be {moment}",
                look_every_seconds=0.05,  # it is so for a second or two
            )
            for name in ("airflow-scheduler", "airflow-triggerer"):
                kill(airflow, name)
            airflow.stack.up()
    until(lambda: ended(house, known.name), "the killed run to end")

    end = ended(house, known.name)
    assert end is not None
    assert end.state is RequestState.COMPLETED, end.reason
    with house.ledger.begin() as tx:
        told = [k.signal for k in outbox.tail(tx, 1000)]
        counted = progress.progress(tx, "climate-dt")
    created = [s.subject for s in told if s.type == events.CREATED]
    assert created.count("climate-dt/climate-dt-20240106") == 1
    assert (counted.landed, counted.superseded) == (2, 0)


def test_a_run_that_ended_without_a_word_is_answered_and_cleared_it_is_completed(
    airflow: RunningAirflow, house: House, by_rest: Airflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inlet.demand.bridge.SILENT_FOR", timedelta(0))
    known = start(house, ByAirflow(by_rest), asked(house, 6))
    by_rest.stop(DAG, known.run)
    until(lambda: state(airflow, known.run) == "failed", "the stopped run")
    look_after(house, ByAirflow(by_rest), by_rest)

    end = ended(house, known.name)
    assert end is not None
    assert (end.state, end.code) == (RequestState.FAILED, "failed")

    with airflow.client() as client:
        cleared = {"dag_run_id": known.run, "dry_run": False, "only_failed": False}
        client.post(f"/api/v2/dags/{DAG}/clearTaskInstances", json=cleared).raise_for_status()
        due = client.get(f"/ui/dags/{DAG}/dagRuns/{known.run}/deadlines").json()
    until(
        lambda: getattr(ended(house, known.name), "state", None) is RequestState.COMPLETED,
        "the request of the cleared run",
    )
    assert due["total_entries"] == 1  # Airflow's own kind of deadline lets no run be cleared


def test_a_run_id_that_is_deleted_and_triggered_anew_harvests_what_its_conf_says_now(
    airflow: RunningAirflow, house: House
) -> None:
    airflow.ended(DAG, airflow.trigger(DAG, conf(7), "mine"))
    with airflow.client() as client:
        client.delete(f"/api/v2/dags/{DAG}/dagRuns/mine").raise_for_status()
    airflow.ended(DAG, airflow.trigger(DAG, conf(8), "mine"))

    with house.ledger.begin() as tx:
        windows = [known.window for known in requests.of_run(tx, "sst", "mine")]
    assert windows == [a_day(8), a_day(7)]
    assert out(house, a_day(8)) == ["sandbox-sst-20240109"]


def test_a_dag_that_is_not_there_is_told_from_an_airflow_that_is_not(by_rest: Airflow) -> None:
    with pytest.raises(AirflowUnready, match="not there yet"):
        by_rest.require_open("harvest_nothing")
    with pytest.raises(AirflowUnready):
        by_rest.start("harvest_nothing", "mine", {})


def kill(airflow: RunningAirflow, name: str) -> None:
    """Kill a process and all that it started, tasks too; return when it is gone."""
    process = airflow.stack.process(airflow.part(name))
    os.killpg(int(process.pid_file.read_text().split()[0]), signal.SIGKILL)
    until(lambda: not process.is_running, f"{name} to be gone", look_every_seconds=0.05)
