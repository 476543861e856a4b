"""An Airflow and a door of our own, for pages without Airflow."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI, HTTPException
from starlette.testclient import TestClient

from inlet.house import House
from inlet.watched import Watched
from portal.pages.airflow import (
    AlreadyAnswered,
    Answer,
    Counted,
    Dag,
    NotAnswered,
    NotStarted,
    Run,
)
from portal.pages.app import create
from portal.pages.desk import Desk
from portal.pages.door import Door, Visitor

ADMIN, VIEWER, NOBODY = Visitor("ada", may_act=True), Visitor("vic", may_act=False), None
LAST = datetime.fromisoformat("2024-01-03T06:00:00Z")


class FakeAirflow:
    """Has the DAGs it is told of, and remembers what it was asked to start and answered."""

    def __init__(self) -> None:
        self.known: dict[str, Dag] = {}
        self.counted: dict[str, Counted] = {}
        self.started: list[tuple[str, Mapping[str, Any], str]] = []
        self.refusal: str | None = None
        self.waiting = False
        self.answers: list[Answer] = []

    def dags(self, names: Sequence[str]) -> Mapping[str, Dag]:
        return {name: dag for name, dag in self.known.items() if name in names}

    def censuses(self) -> Mapping[str, Counted]:
        return self.counted

    def start(self, dag: str, run_id: str, conf: Mapping[str, Any], by: str) -> None:
        if self.refusal:
            raise NotStarted(self.refusal)
        self.started.append((dag, conf, by))

    def answer(self, given: Answer) -> None:
        if not self.waiting:
            raise NotAnswered("nothing waits")
        if self.answers:
            raise AlreadyAnswered("it has been answered")
        self.answers.append(given)

    def has(self, name: str, *, is_paused: bool = False, every: timedelta | None = None) -> None:
        run = Run(f"harvest_{name}", "scheduled__1", "success", LAST)
        self.known[run.dag] = Dag(run.dag, is_paused, every, None, run)


def client(house: House, airflow: FakeAirflow, who: Visitor | None) -> TestClient:
    """The pages as ``who`` sees them, below ``/inlet`` as Airflow mounts them."""

    def read() -> Visitor:
        if who is None:
            raise HTTPException(401, "Not authenticated")
        return who

    desk = Desk(Watched(house), Door(read, b"a secret of the tests"), airflow)
    app = FastAPI()
    app.mount("/inlet", create(desk))
    return TestClient(app, base_url="http://inlet.test/inlet", follow_redirects=False)


def seal(pages: TestClient, path: str = "/quarantine") -> str:
    """What a form on a page brings back."""
    found = re.search(r'name="seal" value="([0-9a-f]+)"', pages.get(path).text)
    assert found, f"{path} has no form"
    return found[1]
