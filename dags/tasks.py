"""The tasks of a harvest. They carry ids; the work is ``inlet.steps``, the state is the ledger."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from airflow.sdk import Asset, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from dags import asked
from harvesters.errors import HarvestError
from inlet import steps
from inlet.demand import desk
from inlet.errors import HarvestUnfinished
from inlet.house import House
from lake.ledger import items as ledgered
from lake.ledger import requests
from lake.ledger.requests import Request
from lake.ledger.states import ItemState
from lake.nouns import ItemId, OfferId

_LOOK_EVERY_SECONDS = 2.0
_UNACCOUNTED = "unaccounted"
_BAD = ("failed", "upstream_failed")
_MOST_NAMED = 10


@task
def discover(collection: str) -> list[list[OfferId]]:
    """Ask the provider what it has; return batches of offers to work on.

    It asks for the run's window, else for all since the cursor. What one provider does not answer
    the next is asked. A window of which the provider cannot prove that all was found makes the
    run fail at its end, after all that was found is out.
    """
    with asked.house() as house:
        scope = asked.scope(house, collection)
        known = _begun(house, collection)
        if not scope.alone:
            steps.revive(house, collection)
        try:
            found = steps.seek(house, scope)
        except HarvestError as error:
            _note(f"{type(error).__name__}: {error}")
            raise
        _note(found.reason)
        scope = scope.known_by(found.keys)
        if known is not None and scope.keys is not None:
            with house.ledger.begin() as tx:
                requests.choose(tx, known.name, sorted(scope.keys))
        return _batches(house, steps.to_carry(house, scope))


@task(trigger_rule="all_done")
def stand_in(collection: str) -> list[list[OfferId]]:
    """Ask the next provider for what another could not deliver; return batches to carry."""
    with asked.house() as house:
        return _batches(house, steps.stand_in(house, asked.scope(house, collection)))


@task(trigger_rule="all_done")
def assemble(collection: str) -> list[list[ItemId]]:
    """Make item revisions of what has landed, and move the cursor; return batches of revisions.

    It runs whatever became of other batches: what has landed goes on.
    """
    with asked.house() as house:
        scope = asked.scope(house, collection)
        steps.advance(house, collection)
        steps.assemble(house, collection)
        return _batches(house, steps.to_refine(house, scope))


@task
def convert(items: list[ItemId]) -> list[ItemId]:
    """Turn granules into Zarr cubes."""
    with asked.house() as house:
        return _until_none_waits(house, items, steps.convert, ItemState.ASSEMBLING)


@task
def judge(items: list[ItemId]) -> list[ItemId]:
    """Let the quality gate judge the cubes."""
    with asked.house() as house:
        return _until_none_waits(house, items, steps.judge, ItemState.CONVERTED)


@task
def grow(items: list[ItemId]) -> list[ItemId]:
    """Copy judged items into the collection's growing cube: one writer, one commit a batch."""
    with asked.house() as house:
        while len(settled := steps.grow(house, items)) < len(items):
            time.sleep(_LOOK_EVERY_SECONDS)
        return settled


@task
def publish(items: list[ItemId]) -> list[ItemId]:
    """Publish item, state and signal in one transaction."""
    with asked.house() as house:
        return _until_none_waits(house, items, steps.publish, ItemState.JUDGED)


@task(trigger_rule="all_done")
def announce(collection: str, published: Iterable[Any] | None) -> None:
    """Write the static catalogue, relay the signals, run the hooks; tell of the Asset once.

    Whoever schedules on the collection's Asset finds the items' ids in the event's ``extra``. A
    run of which nothing came out is skipped here, and wakes nobody.
    """
    rows = list(_rows(published or ()))
    with asked.house() as house:
        steps.announce(house)
        ids = _keys(house, rows)
    if not ids:
        raise AirflowSkipException("nothing came out of this run")
    context: Any = get_current_context()
    context["outlet_events"][asset(collection)].extra = {"collection": collection, "items": ids}


@task(trigger_rule="all_done")
def conclude(collection: str) -> None:
    """Signal how the harvest ended, answer who asked for it, and fail where something is missing.

    A run is green only where every task came through and every window is accounted for.
    """
    trouble = _trouble()
    with asked.house() as house:
        steps.conclude(house, asked.this_run(house, collection), trouble)
        known = asked.request(house, collection)
        if known is not None and trouble is None:
            desk.complete(house, known.name)
        elif known is not None:
            code = "unaccounted" if _noted() else "failed"
            desk.fail(house, known.name, code, str(trouble))
        steps.relay(house)
    if trouble is not None:
        raise HarvestUnfinished(
            f"{collection}: {trouble}; what was found is out or listed by `inlet status`"
        )


def asset(collection: str) -> Asset:
    """Return what downstream DAGs schedule on: one for each collection."""
    return Asset(name=f"collection {collection}", uri=f"inlet://collections/{collection}")


def _begun(house: House, collection: str) -> Request | None:
    """Return the request that this run serves, which is being run from now on; None of none."""
    known = asked.request(house, collection)
    if known is not None:
        with house.ledger.begin() as tx:
            requests.begin(tx, known.name)
    return known


def _until_none_waits(
    house: House,
    items: Sequence[ItemId],
    step: Callable[[House, Sequence[ItemId]], list[ItemId]],
    before: ItemState,
) -> list[ItemId]:
    """Do a step of a batch until none is in the state before; return what came through.

    An item waits for its next try, or for another run that holds it: to go on without it would
    call a run whole that is not. The task's deadline bounds it.
    """
    while True:
        done = step(house, items)
        with house.ledger.begin() as tx:
            waiting = ledgered.in_state(tx, [before], items)
        if not waiting:
            return done
        time.sleep(_LOOK_EVERY_SECONDS)


def _rows(batches: Iterable[Any]) -> Iterator[ItemId]:
    """Yield the ids of all batches; Airflow 3.3 hands on a single one without its list."""
    for batch in batches:
        yield from batch if isinstance(batch, Iterable) else (batch,)


def _keys(house: House, rows: Sequence[ItemId]) -> list[str]:
    with house.ledger.begin() as tx:
        known = [ledgered.known(tx, row) for row in rows]
    return sorted({item.key for item in known if item is not None})


def _batches(house: House, ids: Sequence[Any]) -> list[list[Any]]:
    """Cut ids into batches: of the house's size, and larger where there would be too many."""
    size = max(house.settings.batch_size, -(-len(ids) // house.settings.most_batches))
    return [list(ids[i : i + size]) for i in range(0, len(ids), size)]


def _note(reason: str | None) -> None:
    """Keep for the end of the run why a window is not accounted for."""
    context: Any = get_current_context()
    context["ti"].xcom_push(key=_UNACCOUNTED, value=reason)


def _noted() -> str | None:
    context: Any = get_current_context()
    found: str | None = context["ti"].xcom_pull(task_ids="discover", key=_UNACCOUNTED)
    return found


def _trouble() -> str | None:
    """Return what keeps this run from being whole; None where nothing does."""
    context: Any = get_current_context()
    run = context["dag_run"]
    states = context["ti"].get_task_states(dag_id=run.dag_id, run_ids=[run.run_id])
    bad = sorted(name for name, state in states[run.run_id].items() if state in _BAD)
    failed = f"these tasks did not come through: {', '.join(bad[:_MOST_NAMED])}" if bad else None
    unaccounted = _noted()
    missing = f"not all of the window is accounted for: {unaccounted}" if unaccounted else None
    return "; ".join(part for part in (missing, failed) if part) or None
