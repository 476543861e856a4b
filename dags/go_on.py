"""One DAG that brings an item on, once somebody has released it from quarantine or has it retried.

Inlet's page "Quarantine" starts it; what it does not finish, the collection's next harvest does.
"""

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task

from inlet import quarantine
from inlet.house import opened
from lake.nouns import ItemId


@task
def go_on() -> str:
    """Convert, judge and publish the item, as far as it comes; return its state."""
    context: Any = get_current_context()
    with opened() as house:
        return str(quarantine.go_on(house, ItemId(context["params"]["item"])))


with DAG(
    dag_id="go_on",
    schedule=None,
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    is_paused_upon_creation=False,
    default_args={"retries": 2, "owner": "inlet"},
    params={"item": Param(0, type="integer", description="The ledger's id of the revision.")},
    tags=["quarantine"],
    description="Brings a released or retried item on",
    doc_md=__doc__,
):
    go_on()
