"""One DAG that counts: each day, for each collection, provider ↔ lake ↔ catalogue ↔ events.

A collection with gaps fails its own task, and no other's.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Param, get_current_context, task

from dags import alerting
from inlet.census.census import SINCE
from inlet.census.repair import reckon
from inlet.errors import Incomplete
from inlet.house import opened
from lake.nouns import Window


@task
def names() -> list[str]:
    """Return the collections to count: the one asked for, else all."""
    context: Any = get_current_context()
    asked = context["params"]["collection"]
    with opened() as house:
        return [asked] if asked else sorted(house.portfolio.collections)


@task(
    map_index_template="{{ task.op_kwargs['collection'] }}",
    on_failure_callback=alerting.TellOfGaps(),
)
def count(collection: str) -> dict[str, int]:
    """Take the census of a collection, mend it where that is asked for, and look again."""
    context: Any = get_current_context()
    params = context["params"]
    with opened() as house:
        until = _utc(params["until"]) or house.ledger.clock()
        window = Window(_utc(params["since"]) or until - SINCE, until)
        census, _ = reckon(house, collection, window, mend=params["repair"])
    found = {kind.value: number for kind, number in census.counts.items() if number}
    if not census.is_complete:
        raise Incomplete(
            f"{collection}: expected no gaps, came {found}; `inlet census` lists them"
        )
    return found


def _moment(description: str) -> Param:
    """Return an optional time for the trigger form."""
    return Param(None, type=["null", "string"], format="date-time", description=description)


def _utc(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


with DAG(
    dag_id="census",
    schedule="@daily",
    start_date=datetime(2024, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 0, "retry_delay": timedelta(minutes=5), "owner": "inlet"},
    params={
        "since": _moment("Begin of the data's time, UTC; default: seven days before its end."),
        "until": _moment("End of the data's time, UTC; default: now."),
        "repair": Param(False, type="boolean", description="Mend what can be mended."),
        "collection": Param(None, type=["null", "string"], description="Only this collection."),
    },
    tags=["census"],
    description="Is all here that the providers have?",
    doc_md=__doc__,
):
    count.expand(collection=names())
