"""One Airflow DAG per collection of the portfolio, all of one shape.

    discover → (order → land) per batch → assemble → (convert → judge → publish) per batch
             → announce → conclude

A portfolio file that cannot be used makes no DAG and harms no other; ``portfolio_check.py``
names it in the UI.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import (
    DAG,
    CronDataIntervalTimetable,
    Param,
    TaskGroup,
    get_parsing_context,
    task_group,
)
from airflow.sdk.definitions.param import ParamsDict

from dags import alerting, tasks
from dags.recovering import MOST_RETRIES, ByTheTable
from dags.waiting import Land, Order
from harvesters.quotas import Lane
from harvesters.source import Source
from inlet.collection import Collection
from inlet.pools import pool_of
from inlet.portfolio import load
from inlet.settings import Settings

_AT_ONCE = 4
"""Runs of a collection: what somebody asks for need not wait for a run that waits for orders."""
_LONGEST_TASK = timedelta(hours=12)
_DOCS = """### {title}

{description}

From {providers}, {schedule}.

| to harvest | do this |
|---|---|
| what is new | nothing: each run begins where the last one ended, and catches up after a pause |
| a window, or some items of it | trigger with `start` and `end`, and `ids` or `area` |
| years that are past | *Backfill*: each run harvests its own interval, in the lane of backfills |

A run is red where a task did not come through or where the provider could not prove that all of a
window was found; what was found is out all the same. `inlet status {name}` lists what is not here,
with the reason.
"""


def build(name: str, collection: Collection) -> DAG:
    """Return the DAG that harvests ``collection``."""
    with DAG(
        dag_id=f"harvest_{name}",
        schedule=CronDataIntervalTimetable(collection.schedule, timezone="UTC")
        if collection.schedule
        else None,
        start_date=datetime(2024, 1, 1, tzinfo=UTC),
        catchup=False,  # the cursor catches up, in one run
        is_paused_upon_creation=_is_paused_at_first(collection),
        max_active_runs=_AT_ONCE,
        default_args={
            "owner": "inlet",
            "retries": MOST_RETRIES,
            "retry_policy": ByTheTable(),
            "retry_delay": timedelta(seconds=10),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(minutes=5),
            "execution_timeout": _LONGEST_TASK,
        },
        deadline=alerting.deadline(name, collection),
        tags=["harvest", *(source.provider for source in collection.sources)],
        description=collection.stac.title,
        doc_md=_documentation(name, collection),
    ) as dag:
        landed = _bring(collection.sources[0], tasks.discover(name))
        for source in collection.sources[1:]:
            landed = _brought_from_elsewhere(name, source, landed)
        items = tasks.assemble(name)
        landed >> items
        published = _refine(collection, items)
        announced = tasks.announce.override(outlets=[tasks.asset(name)])(name, published)
        announced >> tasks.conclude(name)
    dag.params = _PARAMS  # not before: each task would copy them, and parsing takes thrice as long
    return dag


def _is_paused_at_first(collection: Collection) -> bool | None:
    """Return whether its DAG is paused when it first appears; None as Airflow's settings say."""
    if collection.paused is None and collection.schedule is None:
        return False  # what runs on demand alone harms nobody
    return collection.paused


def _bring(source: Source, batches: Any) -> Any:  # noqa: ANN401 - TaskFlow's decorators are untyped
    """Order and land each batch by itself: none waits for another."""
    pool = pool_of(source.provider)

    @task_group(group_id="bring", tooltip=_bring.__doc__ or "")
    def bring(offers: Any) -> None:  # noqa: ANN401
        ordered = Order(task_id="order", offers=offers, pool=pool, doc_md=Order.__doc__)
        landed = Land(task_id="land", offers=offers, pool=pool, doc_md=Land.__doc__)
        ordered >> landed

    return bring.expand(offers=batches)


def _brought_from_elsewhere(name: str, source: Source, landed: Any) -> Any:  # noqa: ANN401
    """Let the next provider stand in for what those before it could not deliver."""
    with TaskGroup("elsewhere", add_suffix_on_collision=True):
        missing = tasks.stand_in(name)
        landed >> missing
        return _bring(source, missing)


def _refine(collection: Collection, batches: Any) -> Any:  # noqa: ANN401
    """Convert, judge and publish each batch by itself: none waits for another."""

    growing = (tasks.grow,) if collection.recipe.growth else ()
    steps: tuple[Any, ...] = (tasks.convert, tasks.judge, *growing, tasks.publish)

    @task_group(group_id="refine", tooltip=_refine.__doc__ or "")
    def refine(items: Any) -> Any:  # noqa: ANN401
        passed = items
        for step in steps:
            passed = step(passed)
        return passed

    return refine.expand(items=batches)


def _params() -> ParamsDict:
    lanes = [lane.value for lane in Lane]
    said = {
        "start": _moment("Begin of the data's time, UTC, inclusive. Neither: since the cursor."),
        "end": _moment("End of the data's time, UTC, exclusive."),
        "ids": Param([], type="array", description="Only these items, one a line; none: all."),
        "area": Param(
            None,
            type=["null", "array"],
            items={"type": "number"},
            minItems=4,
            maxItems=4,
            description="Only items that touch this box: west, south, east, north in degrees.",
        ),
        "variables": Param(
            [],
            type="array",
            description="Only these variables. Refused: an item holds all its collection's.",
        ),
        "force": Param(
            False, type="boolean", description="Fetch again what is here, to see what changed."
        ),
        "lane": Param(
            None,
            type=["null", "string"],
            enum=[None, *lanes],
            description="Whose share of the provider's rate it uses; default: on-demand.",
        ),
    }
    return ParamsDict(said)


def _moment(description: str) -> Param:
    """Return an optional time for the trigger form."""
    return Param(None, type=["null", "string"], format="date-time", description=description)


def _documentation(name: str, collection: Collection) -> str:
    schedule = f"at `{collection.schedule}` UTC" if collection.schedule else "on demand"
    return _DOCS.format(
        name=name,
        title=collection.stac.title,
        description=collection.stac.description,
        providers=", then ".join(source.provider for source in collection.sources),
        schedule=schedule,
    )


_PARAMS = _params()
_WANTED = get_parsing_context().dag_id  # a task needs its own DAG alone
for _name, _collection in load(Settings().portfolio_root).collections.items():
    if _WANTED in (None, f"harvest_{_name}"):
        globals()[f"harvest_{_name}"] = build(_name, _collection)
