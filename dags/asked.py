"""What the run is about that a task belongs to: a window or all since the cursor, and for whom."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import get_current_context

from harvesters.errors import NotHonoured
from harvesters.quotas import Lane
from harvesters.request import digest, read
from inlet.demand import desk
from inlet.house import House, opened
from inlet.scope import Scope
from inlet.steps import Run
from lake.ledger import requests
from lake.ledger.requests import Request, RequestState, Wanted
from lake.nouns import Window

BACKFILL, SCHEDULED = "backfill", "scheduled"
_LANES = {BACKFILL: Lane.BACKFILL, SCHEDULED: Lane.FORWARD}
_NO_CHOICES = ("start", "end", "lane")
_NAME = "request"
"""In a run's conf: what the request that it serves is called by."""


@contextmanager
def house() -> Iterator[House]:
    """Give the house while the ``with`` lasts, in the lane of this run."""
    context: Any = get_current_context()
    with opened(lane=lane_of(_kind(context["dag_run"]), context["params"])) as found:
        yield found


def lane_of(run_type: str, params: Mapping[str, Any]) -> Lane:
    """Return whose share of the providers' rates a run uses: what is asked for, else by its kind.

    What somebody triggered is on demand.
    """
    asked = params.get("lane")
    return Lane(asked) if asked else _LANES.get(run_type, Lane.ON_DEMAND)


def window_of(
    run_type: str, params: Mapping[str, Any], begins: datetime | None, ends: datetime | None
) -> Window | None:
    """Return what a run harvests: ``start`` and ``end``, else the interval that is backfilled.

    None is all since the cursor: so what a schedule missed is caught up with by its next run.

    Raises:
        NotHonoured: only one of both is given, they make no window, or something is chosen from
            no window or in a backfill, which harvests its intervals whole.
    """
    start, end = params.get("start"), params.get("end")
    chosen = [name for name in _said(params) if name not in _NO_CHOICES]
    if chosen and run_type == BACKFILL:
        raise NotHonoured(
            "bad-request",
            f"expected a backfill without {', '.join(chosen)}; trigger the DAG with start and end",
        )
    if start and end:
        try:
            return Window(utc(start), utc(end))
        except (ValueError, OverflowError) as error:
            raise NotHonoured("bad-request", f"{start} to {end}: {error}") from error
    if start or end:
        raise NotHonoured(
            "bad-request",
            "expected both start and end, or neither for all since the cursor; came "
            f"start {start!r} and end {end!r}",
        )
    if chosen:
        raise NotHonoured(
            "bad-request", f"expected start and end beside {', '.join(chosen)}, came neither"
        )
    if run_type == BACKFILL and begins is not None and ends is not None:
        return Window(utc(begins), utc(ends))
    return None


def scope(found: House, collection: str) -> Scope:
    """Return what this run is about; what somebody asks for by its conf becomes a request.

    Raises:
        NotHonoured: it cannot be honoured to the letter, or was dismissed meanwhile.
    """
    context: Any = get_current_context()
    run = context["dag_run"]
    known = request(found, collection) or _by_hand(found, collection, context["params"], run)
    if known is None:
        begins = run.data_interval_start
        beginning = None if begins is None else utc(begins)
        window = _window(run, context["params"])
        return Scope(collection, window, alone=window is not None, beginning=beginning)
    if known.state in (RequestState.DISMISSED, RequestState.REJECTED):
        raise NotHonoured(known.code or "dismissed", known.reason or "it is wanted no more")
    return desk.scope_of(known)


def request(found: House, collection: str) -> Request | None:
    """Return the request that this run serves; None for one of the schedule, or a backfill."""
    context: Any = get_current_context()
    said = _said(context["params"])
    with found.ledger.begin() as tx:
        of_run = requests.of_run(tx, collection, context["dag_run"].run_id)
    return next((known for known in of_run if _is_said(known, said)), None)


def this_run(found: House, collection: str) -> Run:
    """Return this run as its end is told of."""
    context: Any = get_current_context()
    run = context["dag_run"]
    known = request(found, collection)
    window = known.window if known else None
    if known is None:
        with suppress(NotHonoured):  # such a run ends, too
            window = _window(run, context["params"])
    return Run(collection, run.run_id, utc(run.start_date), window)


def utc(moment: str | datetime) -> datetime:
    """Return a time in UTC; one that says no zone is in UTC."""
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _kind(run: Any) -> str:  # noqa: ANN401 - Airflow's run
    return str(getattr(run.run_type, "value", run.run_type))


def _said(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run's conf or form asks for; what is left empty there asks for nothing."""
    return {name: value for name, value in params.items() if value and name != _NAME}


def _is_said(known: Request, said: Mapping[str, Any]) -> bool:
    """Return True where a request is what a run's conf says, whether that can be read or not."""
    occasion = known.asked.get("occasion", "")
    document = {**said, "collection": known.collection, "occasion": occasion}
    if document == known.asked:
        return True
    try:
        return read(document, known.requester) == read(known.asked, known.requester)
    except NotHonoured:
        return False


def _window(run: Any, params: Mapping[str, Any]) -> Window | None:  # noqa: ANN401 - Airflow's run
    return window_of(_kind(run), params, run.data_interval_start, run.data_interval_end)


def _by_hand(found: House, collection: str, params: Mapping[str, Any], run: Any) -> Request | None:  # noqa: ANN401 - Airflow's run
    """Note what a run's conf asks for, or why it is refused; None where it asks for nothing."""
    said = {**_said(params), "collection": collection, "occasion": run.run_id}
    requester = f"airflow:{run.triggering_user_name or 'unknown'}"
    try:
        if _window(run, params) is None or _kind(run) == BACKFILL:
            return None
        wanted = read(said, requester)
    except NotHonoured as refusal:
        name = digest(said, requester)
        refused = Wanted(name, collection, None, said, requester, "airflow", run=run.run_id)
        return desk.refuse(found, refused, refusal)
    return desk.ask(found, wanted, "airflow", run=run.run_id)
