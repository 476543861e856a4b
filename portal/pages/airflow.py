"""What the pages ask of Airflow; ``dags/plugin.py`` answers, a fake does in tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a DAG: where its page is, how it stands, and since when."""

    dag: str
    id: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """The last census of a collection: complete or not, or still being taken."""

    state: str
    at: datetime
    run: str


class Airflow(Protocol):
    """Knows the runs of DAGs, and starts one."""

    def last_runs(self, dags: Sequence[str]) -> Mapping[str, Run]:
        """Return the newest run of each of these DAGs that has one."""
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


class NotStarted(Exception):
    """Airflow does not start a run: it says why."""
