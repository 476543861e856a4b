"""Two DAGs of yours: one works on each new item of ``sst``, once; the other goes on with each.

Each run of Inlet's harvest out of which something came tells of one event of the collection's
Asset; its ``extra`` holds the items' ids. Airflow 3.3 may leave an event of a burst without a run
until the next event comes (apache/airflow#56050): so this DAG also looks by the clock, and reads
all events since those that it saw last.

What it has worked on it hands on as an Asset of its own, of which each item is a partition: the
second DAG has a run for each item, which fails, waits and is run again by itself. A run costs
Airflow some seconds; where items come by thousands, map a task over them as the first does.
"""

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    AssetOrTimeSchedule,
    CronTriggerTimetable,
    IdentityMapper,
    PartitionedAssetTimetable,
    get_current_context,
    task,
)

SST = Asset(name="collection sst", uri="inlet://collections/sst")
WORKED_ON = Asset(name="sst worked on", uri="example://sst-worked-on")
_SEEN = "after_sst has seen"
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC).isoformat()


@task(inlets=[SST])
def new_items() -> list[str]:
    """Return the ids of the items that came out since this was last asked."""
    context: Any = get_current_context()
    state = context["asset_state_store"][SST]
    seen = state.get(_SEEN, default=_BEFORE_ALL)
    events = [e for e in context["inlet_events"][SST] if e.timestamp.isoformat() > seen]
    if events:
        state.set(_SEEN, max(event.timestamp for event in events).isoformat())
    return sorted({item for event in events for item in event.extra["items"]})


@task(outlets=[WORKED_ON], retries=2)
def work_on(item: str) -> str:
    """Do something with an item of the STAC API, and hand it on."""
    context: Any = get_current_context()
    context["outlet_events"][WORKED_ON].add_partitions(item)
    return f"/collections/sst/items/{item}"


@task
def go_on() -> str:
    """Do something more with the item that this run is about."""
    context: Any = get_current_context()
    return f"/collections/sst/items/{context['dag_run'].partition_key}"


with DAG(
    dag_id="after_sst",
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("0 * * * *", timezone="UTC"), assets=[SST]
    ),
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["example"],
    doc_md=__doc__,
):
    work_on.expand(item=new_items())

with DAG(
    dag_id="each_of_sst",
    schedule=PartitionedAssetTimetable(
        assets=WORKED_ON, default_partition_mapper=IdentityMapper()
    ),
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    tags=["example"],
    doc_md=__doc__,
):
    go_on()
