"""What most integration tests stand on: PostgreSQL with pgstac and the ledger, Kafka, S3."""

import json
import os
import signal
import stat
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from inlet.stack import plan
from inlet.stack.ground import Ground
from lake import broker
from tests.stack_fixture import Services, running, settings


def test_every_service_answers(stack: Services) -> None:
    found = stack.stack.look()

    assert [f.name for f in found] == ["postgres", "kafka", "s3"]
    assert [f.trouble for f in found] == ["", "", ""]
    assert all(f.is_ours for f in found)


def test_a_database_of_its_own_holds_pgstac_and_the_ledger(stack: Services) -> None:
    with stack.database() as url, create_engine(url).connect() as connection:
        version = connection.execute(text("SELECT pgstac.get_version()")).scalar_one()
        offers = connection.execute(text("SELECT count(*) FROM offer")).scalar_one()

    assert version == "0.10.0"
    assert offers == 0


def test_a_box_with_heights_is_searched_by_its_footprint(stack: Services) -> None:
    search = json.dumps({"bbox": [5, 45, 0, 15, 55, 9000]})
    with stack.database() as url, create_engine(url).connect() as connection:
        connection.execute(text("SET search_path TO pgstac, public"))
        found = connection.execute(text("SELECT search(:s)"), {"s": search}).scalar_one()
        box = connection.execute(
            text("SELECT ST_AsText(pgstac.bbox_geom('[5, 45, 0, 15, 55, 9000]'))")
        ).scalar_one()

    assert found["features"] == []
    assert box == "POLYGON((5 45,5 55,15 55,15 45,5 45))"


def test_secrets_are_for_their_owner_alone_and_in_no_address(stack: Services) -> None:
    home = stack.ground.home
    secret = [home / "secrets.json", home / "env", home / "postgres" / "pgpass"]
    shown = " ".join(f.address for f in stack.stack.look())

    assert [stat.S_IMODE(path.stat().st_mode) for path in secret] == [0o600] * 3
    assert not [value for value in stack.ground.secrets.values() if value in shown]


def test_a_wrong_secret_is_refused_by_postgres_and_s3(stack: Services) -> None:
    url = stack.ground.postgres.update_query_dict({"passfile": "/nonexistent"})
    wrong = plan.stack(
        stack.ground.settings.model_copy(update={"ledger": str(url)}), ("postgres",)
    )

    assert "password" in wrong.look()[0].trouble


def test_what_was_killed_comes_back_with_what_it_held() -> None:
    with running("postgres", "s3") as services:
        url = services.ground.postgres
        bucket = services.bucket()
        with create_engine(url).begin() as connection:
            connection.execute(text("CREATE TABLE kept AS SELECT 42 AS answer"))
        for service in services.stack.services:
            _kill(services, service.name)

        assert all(f.trouble for f in services.stack.look())

        services.stack.up()
        with create_engine(url).connect() as connection:
            assert connection.execute(text("SELECT answer FROM kept")).scalar_one() == 42
        assert services.storage().exists(bucket)


def test_a_killed_broker_comes_back_with_its_topics(stack: Services) -> None:
    before = broker.topics(stack.kafka)
    _kill(stack, "kafka")
    stack.stack.up()

    assert broker.topics(stack.kafka) == before


def test_up_twice_starts_nothing_twice(stack: Services) -> None:
    before = _pids(stack)
    stack.stack.up()

    assert _pids(stack) == before


def test_down_leaves_no_process_of_its_own() -> None:
    with running("postgres", "s3") as services:
        pids = _pids(services)
        services.stack.down()

        assert not [pid for pid in pids if _runs(pid)]
        assert [f.trouble for f in services.stack.look()] == ["not started"] * 2


def test_a_service_elsewhere_is_asked_and_never_stopped(stack: Services, tmp_path: Path) -> None:
    pointing = settings(tmp_path).model_copy(update={"kafka": stack.kafka})
    borrowed = plan.stack(pointing, ("kafka",))
    borrowed.up()
    borrowed.down()

    assert not borrowed.look()[0].is_ours
    assert not [f.trouble for f in stack.stack.look() if f.trouble]


def test_its_own_environment_makes_no_service_foreign(
    stack: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)

    again = Ground.laid(type(stack.ground.settings)())

    assert not [n for n in ("postgres", "kafka", "s3", "stac", "airflow") if again.is_elsewhere(n)]


def _kill(services: Services, name: str) -> None:
    service = next(s for s in services.stack.services if s.name == name)
    os.kill(_pid(services, name), signal.SIGKILL)
    while services.stack.process(service).is_running:
        time.sleep(0.01)


def _pids(services: Services) -> list[int]:
    return [_pid(services, s.name) for s in services.stack.services]


def _pid(services: Services, name: str) -> int:
    return int((services.ground.home / "run" / f"{name}.pid").read_text().split()[0])


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "Z (zombie)" not in status.read_text()
