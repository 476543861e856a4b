"""One Airflow DAG per collection of the portfolio, all of one shape.

A portfolio file that cannot be used makes no DAG and harms no other; ``portfolio_check.py``
names it in the UI.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

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
        offers = tasks.discover(name)
        ordered = tasks.order.expand(offers=offers)
        landed = tasks.land.expand(offers=tasks.wait.expand(offers=ordered))
        items = tasks.assemble(name)
        judged = tasks.judge.expand(items=tasks.convert.expand(items=items))
        published = tasks.publish.expand(items=judged)
        landed >> items
        published >> tasks.announce()
    return dag


def _moment(description: str) -> Param:
    """Return an optional time for the trigger form."""
    return Param(None, type=["null", "string"], format="date-time", description=description)


for _name, _collection in load(Settings().portfolio_root).collections.items():
    globals()[f"harvest_{_name}"] = build(_name, _collection)
