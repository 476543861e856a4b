"""The counting DAG and the waking DAG, parsed and run whole, without a scheduler."""

from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.utils.db import initdb

from harvesters.notices.inbox import take_in
from inlet.harvest import harvest
from inlet.house import opened
from inlet.settings import Settings
from lake.clock import wall_clock
from lake.ledger import notices
from sandbox.client import Sandbox
from tests.dags.conftest import DAGS
from tests.harvesters.notices.messages import a_message
from tests.inlet.three_days import WINDOW


@pytest.fixture(scope="module")
def bag() -> DagBag:
    initdb()
    return DagBag(str(DAGS))


@pytest.fixture
def home(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INLET_HOME", str(tmp_path))
    monkeypatch.setenv("INLET_SANDBOX_URL", sandbox.url)
    return tmp_path


def run(bag: DagBag, name: str, **conf: object) -> str:
    return str(bag.dags[name].test(logical_date=wall_clock(), run_conf=conf).state)


def test_both_stand_among_the_dags_and_say_what_they_are(bag: DagBag) -> None:
    assert {"census", "wake"} <= set(bag.dags)
    assert all(bag.dags[name].doc_md for name in ("census", "wake"))


def test_a_census_fails_where_there_are_gaps_and_mends_them_where_asked(
    bag: DagBag, home: Path
) -> None:
    since = {"since": WINDOW.start.isoformat(), "collection": "sst"}
    with opened(Settings()) as house:
        harvest(house, "sst", WINDOW)
        next((home / "lake" / "granules").rglob("*.nc")).unlink()

    assert run(bag, "census", **since) == "failed"  # 2024 has more days than three, too
    assert run(bag, "census", **since, until=WINDOW.end.isoformat(), repair=True) == "success"
    assert run(bag, "census", **since, until=WINDOW.end.isoformat()) == "success"


def test_the_waking_dag_follows_what_waits(bag: DagBag, home: Path) -> None:
    hint = '{"collection": "sst", "start": "2024-01-02T06:00:00Z", "end": "2024-01-02T07:00:00Z"}'
    with opened(Settings()) as house:
        take_in(house.ledger, a_message(hint))

        assert run(bag, "wake") == "success"
        with house.ledger.begin() as tx:
            assert notices.counts(tx) == {"done": 1}
