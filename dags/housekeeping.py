"""One DAG that tidies up: each day, what is kept no longer goes, and what broke off is swept away.

An item goes only where its collection says for how long it is kept (``retention``).
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, task

from inlet import housekeeping, retention
from inlet.house import opened


@task
def retire() -> None:
    """Withdraw what collections keep no longer, and remove what was withdrawn long ago."""
    with opened() as house:
        for name in house.portfolio.collections:
            retention.retire(house, name)


@task
def tidy() -> None:
    """Make collections exact, and sweep the lake."""
    with opened() as house:
        housekeeping.tidy(house)


with DAG(
    dag_id="housekeeping",
    schedule="@daily",
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5), "owner": "inlet"},
    tags=["housekeeping"],
    description="What nobody waits for",
    doc_md=__doc__,
):
    retire() >> tidy()
