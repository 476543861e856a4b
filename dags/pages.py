"""The portal's pages behind Airflow's login and roles, and Airflow as the pages ask it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from airflow.api.common.trigger_dag import trigger_dag
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import (
    GetUserDep,
    requires_access_dag,
    requires_access_view,
)
from airflow.configuration import conf
from airflow.exceptions import AirflowException, DagRunAlreadyExists
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType
from fastapi import Depends, FastAPI
from sqlalchemy import func, select

from inlet.house import House
from portal.pages.airflow import Counted, NotStarted, Run
from portal.pages.app import create
from portal.pages.desk import Desk
from portal.pages.door import Door, Visitor
from portal.pages.watched import Watched

_CENSUS, _COUNT = "census", "count"
"""The DAG that counts, and its task, which is mapped over collections and named after them."""


def build() -> FastAPI:
    """Return the app over the house that the environment names."""
    secret = conf.get_mandatory_value("api", "secret_key").encode()
    return create(Desk(Watched(House.open()), Door(_read, _act, secret), RunsOfAirflow()))


def _read(
    user: GetUserDep, _: Annotated[None, Depends(requires_access_view(AccessView.PLUGINS))]
) -> Visitor:
    return Visitor(user.get_name(), get_auth_manager().is_authorized_dag(method="POST", user=user))


def _act(user: GetUserDep, _: Annotated[None, Depends(requires_access_dag("POST"))]) -> Visitor:
    return Visitor(user.get_name(), may_act=True)


class RunsOfAirflow:
    """Airflow's own database, as its API server may read it."""

    def last_runs(self, dags: Sequence[str]) -> Mapping[str, Run]:
        """Return the newest run of each of these DAGs that has one."""
        last = select(func.max(DagRun.id)).where(DagRun.dag_id.in_(dags)).group_by(DagRun.dag_id)
        rows = select(
            DagRun.dag_id, DagRun.run_id, DagRun.state, DagRun.queued_at, DagRun.start_date
        )
        with create_session() as session:
            return {
                dag: Run(dag, run, str(state), began or queued)
                for dag, run, state, queued, began in session.execute(
                    rows.where(DagRun.id.in_(last))
                )
            }

    def censuses(self) -> Mapping[str, Counted]:
        """Return the last census of each collection that was counted."""
        counts = select(
            TaskInstance.rendered_map_index,
            TaskInstance.state,
            TaskInstance.end_date,
            TaskInstance.run_id,
        ).where(
            TaskInstance.dag_id == _CENSUS,
            TaskInstance.task_id == _COUNT,
            TaskInstance.rendered_map_index.is_not(None),
            TaskInstance.end_date.is_not(None),
        )
        newest = counts.order_by(TaskInstance.end_date.desc()).limit(2000)
        found: dict[str, Counted] = {}
        with create_session() as session:
            for name, state, ended, run in session.execute(newest):
                found.setdefault(name, Counted(str(state), ended, run))
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
