"""One DAG that tidies up: each day, collections made exact, and what broke off swept away."""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, task

from inlet import housekeeping
from inlet.house import opened


@task
def tidy() -> None:
    """Tidy catalogue and lake; nothing that was published goes."""
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
    tidy()
