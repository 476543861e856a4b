"""One DAG that follows notices: every few minutes, what providers told us becomes harvests.

The notices of one interval become few harvests; each collection's own DAG remains the truth.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, task

from inlet import waking
from inlet.house import opened


@task
def wake() -> dict[str, int]:
    """Harvest what the waiting notices tell of."""
    with opened() as house:
        woken = waking.wake(house)
    return {"done": woken.done, "harvests": woken.harvests, "published": woken.published}


with DAG(
    dag_id="wake",
    schedule=timedelta(minutes=5),
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=30), "owner": "inlet"},
    tags=["notices"],
    description="Providers' notices into harvests",
    doc_md=__doc__,
):
    wake()
