"""The DAG that production runs, run whole, without a scheduler."""

from pathlib import Path

import pytest

from catalog import events
from dags import run
from inlet.house import opened
from inlet.settings import Settings
from lake.ledger import outbox, progress, requests
from lake.ledger.ledger import Ledger
from lake.ledger.requests import RequestState
from sandbox.client import Sandbox
from tests.inlet import grown


def test_a_dag_run_brings_a_collection_from_provider_to_catalogue(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INLET_HOME", str(tmp_path))
    monkeypatch.setenv("INLET_SANDBOX_URL", sandbox.url)
    ordered = ["--run", "climate-dt", "2024-01-01", "2024-01-02"]
    searched = ["--run", "sst", "2024-01-01", "2024-01-04"]

    before = len(sandbox.orders("polytope"))
    assert run.main([*ordered, *searched]) == 0

    with Ledger.open(Settings().ledger_url).begin() as tx:
        climate, sst = (progress.progress(tx, name) for name in ("climate-dt", "sst"))
    assert (climate.discovered, climate.landed, climate.published) == (2, 2, 1)
    assert (sst.discovered, sst.landed, sst.published) == (3, 3, 3)
    assert len(list((tmp_path / "catalog" / "climate-dt").glob("*/*.json"))) == 1
    assert len(sandbox.orders("polytope")) - before == 2


def test_a_dag_run_grows_a_collection_into_one_cube(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = grown.settings(tmp_path, sandbox)
    monkeypatch.setenv("INLET_HOME", str(tmp_path))
    monkeypatch.setenv("INLET_PORTFOLIO", str(settings.portfolio))
    monkeypatch.setenv("INLET_SANDBOX_URL", sandbox.url)
    monkeypatch.setenv("INLET_BATCH_SIZE", "2")

    assert run.main(["--run", "sst", "2024-01-01", "2024-01-04"]) == 0

    with opened(Settings()) as house:
        assert sorted(grown.there(house)) == ["2024-01-01", "2024-01-02", "2024-01-03"]
        assert len(grown.commits(house)) == 2
        with house.ledger.begin() as tx:
            assert progress.progress(tx, "sst").published == 3


def test_a_run_is_red_where_a_window_is_not_accounted_for_and_what_was_found_is_out(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INLET_HOME", str(tmp_path))
    monkeypatch.setenv("INLET_SANDBOX_URL", sandbox.url)

    day = ["--run", "sst", "2024-01-01", "2024-01-02"]
    assert run.main(day) == 0

    with sandbox.fault("provider_cap", provider="stac", cap=0):  # it has nothing where it had one
        assert run.main(day) == 1

    with Ledger.open(Settings().ledger_url).begin() as tx:
        assert progress.progress(tx, "sst").published == 1
        told = [k.signal for k in outbox.tail(tx, 50) if k.signal.type in events.OF_HARVESTS]
        asked = requests.recent(tx)
    assert [signal.type for signal in told] == [events.HARVEST_COMPLETED, events.HARVEST_FAILED]
    assert "nothing where it had 1 before" in told[1].data
    assert [(a.state, a.code) for a in asked] == [
        (RequestState.FAILED, "unaccounted"),
        (RequestState.COMPLETED, None),
    ]
