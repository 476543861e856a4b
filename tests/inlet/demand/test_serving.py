"""What waits is run here, one after the other: none is run twice, and none takes others along."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from harvesters.request import read
from inlet.demand import desk, serving
from inlet.harvest import Harvested, harvest_scope
from inlet.house import House
from inlet.scope import Scope
from inlet.settings import Settings
from lake.ledger import requests, work
from lake.ledger.requests import RequestState
from lake.ledger.schema import request
from sandbox.client import Sandbox
from tests.makers import StillClock, a_day


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> Iterator[House]:
    opened = House.open(Settings(home=tmp_path, sandbox_url=sandbox.url))
    yield opened
    opened.close()


def ask(house: House, day: int) -> None:
    window = a_day(day)
    said = {"start": window.start.isoformat(), "end": window.end.isoformat()}
    desk.ask(house, read({"collection": "sst", **said}, "test"), "cli")


def test_an_error_that_nobody_foresaw_fails_its_request_and_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def harvest(at: House, scope: Scope) -> Harvested:
        if scope.window == a_day(0):
            raise ZeroDivisionError("of all things")
        return harvest_scope(at, scope)

    monkeypatch.setattr(serving, "harvest_scope", harvest)
    for day in range(2):
        ask(house, day)
    failed, done = serving.serve(house)

    assert (failed.state, failed.code) == (RequestState.FAILED, "failed")
    assert failed.reason == "ZeroDivisionError: of all things"
    assert done.state is RequestState.COMPLETED


def test_a_request_that_cannot_be_read_any_more_fails_and_no_other(house: House) -> None:
    for day in range(2):
        ask(house, day)
    with house.ledger.begin() as tx:
        first = update(request).where(request.c.id == 1)
        tx.connection.execute(first.values(asked={"collection": "sst", "wish": "of old"}))
    failed, done = serving.serve(house)

    assert (failed.state, failed.outcome) == (RequestState.FAILED, {})
    assert "wish" in str(failed.reason)
    assert done.state is RequestState.COMPLETED


def test_a_request_that_takes_long_is_not_taken_by_another(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = StillClock()
    house = replace(house, ledger=replace(house.ledger, clock=clock))
    other = replace(house.ledger, owner="another host")
    taken: list[requests.Request] = []

    def harvest(at: House, scope: Scope) -> Harvested:
        for _ in range(3):
            clock.pass_time(minutes=work.LEASE / timedelta(minutes=2))
            time.sleep(0.5)
        with other.begin() as tx:
            taken.extend(requests.claim(tx))
        return harvest_scope(at, scope)

    monkeypatch.setattr(serving, "harvest_scope", harvest)
    monkeypatch.setattr(serving, "_HOLD_EVERY_SECONDS", 0.05)
    ask(house, 0)

    assert [known.state for known in serving.serve(house)] == [RequestState.COMPLETED]
    assert taken == []
