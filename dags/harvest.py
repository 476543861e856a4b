"""One Airflow DAG per collection of the portfolio, all of one shape.

A portfolio file that cannot be used makes no DAG and harms no other; ``portfolio_check.py``
names it in the UI.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, CronDataIntervalTimetable, Param, TaskGroup

from dags import tasks
from inlet.collection import Collection
from inlet.portfolio import load
from inlet.settings import Settings


def build(name: str, collection: Collection) -> DAG:
    """Return the DAG that harvests ``collection``."""
    with DAG(
        dag_id=f"harvest_{name}",
        schedule=CronDataIntervalTimetable(collection.schedule, timezone="UTC")
        if collection.schedule
        else None,
        start_date=datetime(2024, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        default_args={"retries": 2, "retry_delay": timedelta(seconds=30), "owner": "inlet"},
        params={
            "start": _moment("Begin of the window, UTC, inclusive."),
            "end": _moment("End of the window, UTC, exclusive."),
        },
        tags=["harvest", *(source.provider for source in collection.sources)],
        description=collection.stac.title,
        doc_md=f"### {collection.stac.title}\n\n{collection.stac.description}",
    ) as dag:
        landed = _each(tasks.carry, offers=tasks.discover(name))
        for _ in collection.sources[1:]:
            landed = _carried_from_elsewhere(name, landed)
        items = tasks.assemble(name)
        judged = _each(tasks.judge, items=_each(tasks.convert, items=items))
        if collection.recipe.growth:
            judged = tasks.grow(judged)
        published = _each(tasks.publish, items=judged)
        landed >> items
        published >> tasks.announce(name) >> tasks.tell_of_failure(name)
    return dag


def _carried_from_elsewhere(name: str, landed: Any) -> Any:  # noqa: ANN401 - as below
    """Let the next provider stand in for what those before it could not deliver."""
    with TaskGroup("elsewhere", add_suffix_on_collision=True):
        missing = tasks.stand_in(name)
        landed >> missing
        return _each(tasks.carry, offers=missing)


def _each(step: Any, **batches: Any) -> Any:  # noqa: ANN401 - TaskFlow's decorators are untyped
    """Map a task over batches; it keeps its docstring, which mapping would lose."""
    return step.override(doc_md=step.function.__doc__).expand(**batches)


def _moment(description: str) -> Param:
    """Return an optional time for the trigger form."""
    return Param(None, type=["null", "string"], format="date-time", description=description)


for _name, _collection in load(Settings().portfolio_root).collections.items():
    globals()[f"harvest_{_name}"] = build(_name, _collection)
