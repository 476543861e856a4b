"""The end of a harvest is told, once a run."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog import events
from harvesters.errors import HarvestError
from inlet import steps
from inlet.harvest import harvest
from inlet.house import House, opened
from inlet.settings import Settings
from inlet.steps import Run
from lake.ledger import outbox
from sandbox.client import Sandbox
from tests.makers import NEW_YEAR, a_day


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> Iterator[House]:
    with opened(Settings(home=tmp_path, sandbox_url=sandbox.url, kafka="")) as found:
        yield found


def told(house: House) -> list[tuple[str, dict[str, Any]]]:
    with house.ledger.begin() as tx:
        signals = [kept.signal for kept in outbox.tail(tx, 100)]
    return [
        (s.type, json.loads(s.data))
        for s in signals
        if s.type in (events.HARVEST_COMPLETED, events.HARVEST_FAILED)
    ]


def test_a_harvest_tells_what_came_of_it(house: House) -> None:
    done = harvest(house, "sst", a_day())
    harvest(house, "sst", a_day())

    (_, first), (_, second) = told(house)
    assert [type_ for type_, _ in told(house)] == [events.HARVEST_COMPLETED] * 2
    assert (first["published"], second["published"]) == (done.published, 0) == (1, 0)
    assert (first["start"], first["end"]) == ("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")
    assert first["run"] != second["run"]


def test_a_harvest_that_cannot_even_ask_tells_that_it_failed(tmp_path: Path) -> None:
    nowhere = Settings(home=tmp_path, sandbox_url="http://127.0.0.1:9", kafka="")
    with opened(nowhere) as house, pytest.raises(HarvestError):
        harvest(house, "sst", a_day())
    with opened(nowhere) as house:
        ((type_, payload),) = told(house)

    assert type_ == events.HARVEST_FAILED
    assert payload["reason"]


def test_the_same_run_is_concluded_once(house: House) -> None:
    run = Run("sst", "scheduled 1", NEW_YEAR)
    for _ in range(2):
        steps.conclude(house, run)
    steps.conclude(house, run, "a later task failed")

    assert [type_ for type_, _ in told(house)] == [events.HARVEST_COMPLETED, events.HARVEST_FAILED]
