"""The tasks of a harvest. They carry ids; the work is ``inlet.steps``, the state is the ledger."""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import PokeReturnValue, get_current_context, task

from inlet import steps
from inlet.house import opened
from lake.nouns import ItemId, OfferId, Window

_LOOK_EVERY = timedelta(seconds=2)
_LONGEST_ORDER = timedelta(days=2)


@task
def discover(collection: str) -> list[list[OfferId]]:
    """Ask the provider what it has in the window; return batches of offers to work on."""
    with opened() as house:
        steps.revive(house, collection)
        steps.discover(house, collection, _window(), _beginning())
        return house.batches(steps.unfinished_offers(house, collection))


@task.sensor(
    mode="reschedule",
    poke_interval=_LOOK_EVERY.total_seconds(),
    timeout=_LONGEST_ORDER.total_seconds(),
)
def carry(offers: list[OfferId]) -> PokeReturnValue:
    """Order, ask after and land, until each offer is at an end: landed, or with its reason.

    Between looks no worker is held; what a quota or a provider holds back is done when it may be.
    """
    with opened() as house:
        return PokeReturnValue(is_done=not steps.carry(house, offers), xcom_value=offers)


@task(trigger_rule="none_failed")
def stand_in(collection: str) -> list[list[OfferId]]:
    """Ask the next provider for what another could not deliver; return batches to carry."""
    with opened() as house:
        return house.batches(steps.stand_in(house, collection))


@task(trigger_rule="none_failed")
def assemble(collection: str) -> list[list[ItemId]]:
    """Make item revisions of what has landed; return batches of revisions to work on."""
    with opened() as house:
        steps.advance(house, collection)
        steps.assemble(house, collection)
        return house.batches(steps.unfinished_items(house, collection))


@task
def convert(items: list[ItemId]) -> list[ItemId]:
    """Turn granules into Zarr cubes."""
    with opened() as house:
        return steps.convert(house, items)


@task
def judge(items: list[ItemId]) -> list[ItemId]:
    """Let the quality gate judge the cubes."""
    with opened() as house:
        return steps.judge(house, items)


@task(trigger_rule="none_failed")
def grow(items: list[list[ItemId]]) -> list[list[ItemId]]:
    """Copy judged items into the collection's growing cube, a commit for each batch."""
    judged = [row for batch in items or () for row in batch]
    with opened() as house:
        batches = [steps.grow(house, batch) for batch in house.batches(judged)]
    return [batch for batch in batches if batch]


@task
def publish(items: list[ItemId]) -> list[ItemId]:
    """Publish item, state and signal in one transaction."""
    with opened() as house:
        return steps.publish(house, items)


@task(trigger_rule="none_failed")
def announce(collection: str) -> None:
    """Write the static catalogue, relay the signals, run the hooks."""
    with opened() as house:
        steps.conclude(house, _run(collection))
        steps.announce(house)


@task(trigger_rule="one_failed")
def tell_of_failure(collection: str) -> None:
    """Signal that the harvest failed; it is skipped where it did not."""
    with opened() as house:
        steps.conclude(house, _run(collection), "a task of the run failed; Airflow shows which")


def _run(collection: str) -> steps.Run:
    context: Any = get_current_context()
    run = context["dag_run"]
    return steps.Run(collection, run.run_id, _utc(run.start_date), _window())


def _window() -> Window | None:
    """Return what to harvest: the run's ``start`` and ``end``; None for all since the cursor."""
    context: Any = get_current_context()
    start, end = context["params"]["start"], context["params"]["end"]
    if not start and not end:
        return None
    if not start or not end:
        raise ValueError(
            "expected both start and end in the trigger form, or neither for all since the "
            f"cursor; came start {start!r} and end {end!r}"
        )
    return Window(_utc(start), _utc(end))


def _beginning() -> datetime | None:
    """Return where a cursor begins that is not there yet: with the run's data interval."""
    context: Any = get_current_context()
    start = context.get("data_interval_start")
    return None if start is None else _utc(start)


def _utc(moment: str | datetime) -> datetime:
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
