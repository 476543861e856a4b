"""The portal's pages behind Airflow's login and roles, and Airflow as the pages ask it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from airflow.api.common.trigger_dag import trigger_dag
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload
from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail
from airflow.api_fastapi.core_api.security import (
    GetUserDep,
    requires_access_view,
)
from airflow.configuration import conf
from airflow.exceptions import DagRunAlreadyExists
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.sdk.exceptions import AirflowException
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy import Row, func, select

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

_CENSUS, _COUNT = "census", "count"
"""The DAG that counts, and its task, which is mapped over collections and named after them."""
_COUNTS = 2_000
"""Counts that are looked at: ten of each of 200 collections."""
_DAGS, _RUNS, _TASKS = (table.__table__ for table in (DagModel, DagRun, TaskInstance))


def build() -> FastAPI:
    """Return the app over the house that the environment names."""
    secret = conf.get_mandatory_value("api", "secret_key").encode()
    return create(Desk(Watched(House.open()), Door(_read, secret), AirflowItself()))


def _read(
    user: GetUserDep, _: Annotated[None, Depends(requires_access_view(AccessView.PLUGINS))]
) -> Visitor:
    """Return who reads; they may act whose role lets them trigger DAGs, and not only some."""
    return Visitor(user.get_name(), get_auth_manager().is_authorized_dag(method="POST", user=user))


class AirflowItself:
    """Airflow's own database, as its API server may read it."""

    def dags(self, names: Sequence[str]) -> Mapping[str, Dag]:
        """Return those of these DAGs that Airflow has, by their ids."""
        wanted = select(_DAGS).where(_DAGS.c.dag_id.in_(names), _DAGS.c.is_stale.is_(False))
        newest = select(func.max(_RUNS.c.id)).where(_RUNS.c.dag_id.in_(names))
        runs = select(_RUNS).where(_RUNS.c.id.in_(newest.group_by(_RUNS.c.dag_id)))
        with create_session() as session:
            last = {r.dag_id: _run(r) for r in session.execute(runs)}
            return {r.dag_id: _dag(r, last.get(r.dag_id)) for r in session.execute(wanted)}

    def censuses(self) -> Mapping[str, Counted]:
        """Return the last census of each collection that was counted."""
        ended = _TASKS.c.end_date
        counts = select(_TASKS.c.rendered_map_index, _TASKS.c.state, ended, _TASKS.c.run_id).where(
            _TASKS.c.dag_id == _CENSUS,
            _TASKS.c.task_id == _COUNT,
            _TASKS.c.rendered_map_index.is_not(None),
            ended.is_not(None),
        )
        found: dict[str, Counted] = {}
        with create_session() as session:
            for name, *rest in session.execute(counts.order_by(ended.desc()).limit(_COUNTS)):
                found.setdefault(name, Counted(*rest))
        return found

    def start(self, dag: str, run_id: str, conf: Mapping[str, Any], by: str) -> None:
        """Start a run in the name of ``by``; the same run id again changes nothing.

        Raises:
            NotStarted: there is no such DAG, or it does not take this ``conf``.
        """
        try:
            trigger_dag(
                dag_id=dag,
                run_id=run_id,
                conf=dict(conf),
                triggered_by=DagRunTriggeredByType.UI,
                triggering_user_name=by,
            )
        except DagRunAlreadyExists:
            return
        except (AirflowException, ValueError) as error:
            raise NotStarted(str(error)) from error

    def answer(self, given: Answer) -> None:
        """Answer a task that waits for a person, as Airflow's own form does.

        Raises:
            NotAnswered: it does not wait, or not for this.
            AlreadyAnswered: it waited, and has its answer.
        """
        payload = UpdateHITLDetailPayload(
            chosen_options=[given.chosen], params_input=dict(given.form)
        )
        who = SimpleAuthManagerUser(username=given.by, role=None)
        try:
            with create_session() as session:
                update_hitl_detail(
                    given.dag, given.run_id, given.task, payload, user=who, session=session
                )
        except HTTPException as error:
            is_late = error.status_code == HTTPStatus.CONFLICT
            kind = AlreadyAnswered if is_late else NotAnswered
            raise kind(f"{given.dag}/{given.run_id}: {error.detail}") from error


def _run(r: Row[Any]) -> Run:
    return Run(r.dag_id, r.run_id, r.state, r.start_date or r.queued_at or r.run_after)


def _dag(r: Row[Any], last: Run | None) -> Dag:
    start, end = r.next_dagrun_data_interval_start, r.next_dagrun_data_interval_end
    every = end - start if start and end else None
    return Dag(r.dag_id, r.is_paused, every, r.next_dagrun_create_after, last)
