"""A collection that promises a time has a deadline where a scheduler runs; alerts are events."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.serialization.decoders import decode_deadline_reference
from airflow.serialization.encoders import encode_deadline_reference

from catalog import events
from dags import alerting
from dags.promised import RunMade
from inlet.house import opened
from inlet.portfolio import load
from inlet.settings import Settings
from lake.clock import wall_clock
from lake.ledger import outbox

SST = load(Settings().portfolio_root).collections["sst"]


def test_a_promise_is_a_deadline_where_a_scheduler_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert alerting.deadline("sst", SST) is None

    monkeypatch.setenv("INLET_AIRFLOW", "http://127.0.0.1:1")
    alert = alerting.deadline("sst", SST)
    promiseless = SST.model_copy(update={"promise": None})

    assert alert is not None
    assert alert.interval == SST.promise == timedelta(hours=6)
    assert alerting.deadline("sst", promiseless) is None


def test_a_promise_counts_from_when_a_run_is_made_as_airflow_knows_by_the_plugin() -> None:
    kept = encode_deadline_reference(RunMade())
    before = wall_clock()
    due = decode_deadline_reference(kept).evaluate_with(
        session=None, interval=timedelta(hours=6), dag_id="harvest_sst", run_id="run-1"
    )

    assert before <= due - timedelta(hours=6) <= wall_clock()


def test_a_late_run_is_told_of_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLET_HOME", str(tmp_path))
    context = {"dag_run": {"dag_run_id": "run-1"}}
    for _ in range(2):
        asyncio.run(alerting.late("sst", "6:00:00", context))

    with opened() as house, house.ledger.begin() as tx:
        [told] = [k.signal for k in outbox.tail(tx, 10)]
    assert (told.type, told.subject) == (events.ALERT, "sst")
    assert json.loads(told.data)["occasion"] == "run-1"
