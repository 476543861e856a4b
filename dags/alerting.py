"""Alerts: a run that is late by its collection's promise, a census that found gaps.

Each becomes an event, ``inlet.collection.alert``; whoever wants to be called subscribes to it:
``inlet hooks webhook on-call URL --type inlet.collection.alert``.
"""

import asyncio
from typing import Any

from airflow.sdk import BaseNotifier
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert

from catalog.events import Alert
from dags.promised import RunMade
from inlet import steps
from inlet.collection import Collection
from inlet.house import opened
from inlet.settings import Settings

LATE, CENSUS = "late", "census"


class TellOfGaps(BaseNotifier):
    """Told by Airflow that a census's task failed; signals it for the task's collection."""

    def notify(self, context: Any) -> None:  # noqa: ANN401 - Airflow's context
        """Signal that somebody should look."""
        collection = str(context["task_instance"].task.op_kwargs["collection"])
        _tell(Alert(collection, CENSUS, context["run_id"], str(context.get("exception"))))


async def late(collection: str, within: str, context: Any = None) -> None:  # noqa: ANN401
    """Signal that a run of ``collection`` has not ended in the time that was promised."""
    run = str(((context or {}).get("dag_run") or {}).get("dag_run_id", "unknown"))
    reason = f"expected that {run} ends within {within}, it has not"
    await asyncio.to_thread(_tell, Alert(collection, LATE, run, reason))


def deadline(name: str, collection: Collection) -> DeadlineAlert | None:
    """Return the alert of a collection that promises a time; None where it promises none.

    And none where no scheduler runs: Airflow 3.3's ``dag.test`` fails over a deadline.
    """
    if collection.promise is None or not Settings().airflow:
        return None
    told = {"collection": name, "within": str(collection.promise)}
    return DeadlineAlert(
        reference=RunMade(),
        interval=collection.promise,
        callback=AsyncCallback("dags.alerting.late", kwargs=told),
    )


def _tell(what: Alert) -> None:
    with opened() as house:
        steps.alert(house, what)
