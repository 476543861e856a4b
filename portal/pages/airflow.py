"""What the pages ask of Airflow; ``dags/pages.py`` answers, a fake does in tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a DAG, its state, and since when it runs or waits."""

    dag: str
    id: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Dag:
    """A DAG that Airflow knows: how often it runs (None: when asked to), and its last run."""

    id: str
    is_paused: bool
    every: timedelta | None
    next_at: datetime | None
    last: Run | None


@dataclass(frozen=True, slots=True)
class Counted:
    """The last census of a collection: ``success`` where nothing is missing."""

    state: str
    at: datetime
    run: str


class NotStarted(Exception):
    """Airflow does not start a run: it says why."""


class NotAnswered(Exception):
    """No task of a run waits for this answer: it says why."""


class AlreadyAnswered(Exception):
    """Somebody has answered before: what they said stands."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answers a task that waits for a person; ``form`` is what was filled in."""

    dag: str
    run_id: str
    task: str
    chosen: str
    form: Mapping[str, Any]
    by: str


class Airflow(Protocol):
    """Knows DAGs and their runs, starts one, and answers one that waits for a person."""

    def dags(self, names: Sequence[str]) -> Mapping[str, Dag]:
        """Return those of these DAGs that Airflow has, by their ids."""
        ...

    def censuses(self) -> Mapping[str, Counted]:
        """Return the last census of each collection that was counted."""
        ...

    def start(self, dag: str, run_id: str, conf: Mapping[str, Any], by: str) -> None:
        """Start a run in the name of ``by``; the same run id again changes nothing.

        Raises:
            NotStarted: there is no such DAG, or it does not take this ``conf``.
        """
        ...

    def answer(self, given: Answer) -> None:
        """Answer a task that waits for a person.

        Raises:
            NotAnswered: it does not wait, or not for this.
            AlreadyAnswered: it waited, and has its answer.
        """
        ...
