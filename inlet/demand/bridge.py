"""From Kafka to runs: requests in, answers out, none lost and none run twice.

A message is committed only after its request's run stands, or after it was set aside with its
reason. A request whose DAG is not there yet stands in the ledger until it is. Answers and dead
letters go out by the outbox, with the ledger's own transactions.
"""

import json
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from catalog import events
from catalog.events import DeadLetter, RequestAnswered
from harvesters.errors import NotHonoured
from harvesters.request import HarvestRequest, read
from inlet.demand import desk
from inlet.demand.airflow import Airflow
from inlet.demand.executor import Executor, dag_of, start
from inlet.errors import AirflowSilent, AirflowUnready
from inlet.house import House
from inlet.pools import pools
from lake.broker import Consumer, Record
from lake.ledger import outbox, requests
from lake.ledger.requests import Request, RequestState

GROUP = "inlet-bridge"
_LONGEST_CONTENT = 1 << 18
_LONGEST_CORRELATION = 256
_NUL = "\\u0000"  # as JSON writes it; no database keeps it
SILENT_FOR = timedelta(minutes=2)
"""A request of which nothing was heard for so long is asked after."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Bridged:
    """What became of messages: ``standing`` are requests to be run, ``dead`` are none."""

    standing: int = 0
    rejected: int = 0
    dead: int = 0


def bridge(house: House, by: Executor, consumer: Consumer, wait_seconds: float = 1.0) -> Bridged:
    """Take the next messages, make their runs stand, and commit; none may have come.

    One whose DAG is not there yet holds up no other: ``look_after`` starts it when it is.

    Raises:
        BrokerFailed, AirflowSilent: nothing was committed; the messages come again.
    """
    records = consumer.take(wait_seconds)
    taken = [_taken(house, record) for record in records]
    known = [_started(house, by, request) for request in taken if request is not None]
    if records:
        consumer.commit(records)
    rejected = sum(request.state is RequestState.REJECTED for request in known)
    return Bridged(len(known) - rejected, rejected, taken.count(None))


def look_after(house: House, by: Executor, airflow: Airflow | None) -> None:
    """Start what was accepted and never started, and end what ended without a word.

    A request for which Airflow has no answer waits; the others are looked after all the same.

    Raises:
        AirflowSilent: Airflow does not answer at all.
    """
    if airflow is None:
        return
    made = airflow.provide(pools(house.portfolio.providers.values()))
    if made:
        log.info("Pools were missing", made=made)
    with house.ledger.begin() as tx:
        silent = requests.still_open(tx, tx.now - SILENT_FOR)
    for known in silent:
        try:
            _look_after(house, by, airflow, known)
        except AirflowSilent as silence:
            log.warning("A request waits", request=known.name, why=str(silence))
        with house.ledger.begin() as tx:
            requests.touch(tx, known.name)


def _look_after(house: House, by: Executor, airflow: Airflow, known: Request) -> None:
    is_broken = any(p.file.stem == known.collection for p in house.portfolio.problems)
    if known.collection not in house.portfolio.collections and not is_broken:
        # the scheduler looks at no run of a DAG that left
        with suppress(AirflowSilent):
            by.stop(known)
        reason = f"{known.collection} was taken out of the portfolio"
        desk.fail(house, known.name, "unknown-collection", reason)
        return
    ended = airflow.ended(dag_of(known.collection), known.run)
    if ended == "gone" and known.state is RequestState.ACCEPTED:
        start(house, by, known)
    elif ended is not None:
        reason = f"Airflow's run {known.run} ended as {ended} without a word"
        desk.fail(house, known.name, "failed", reason)


def _started(house: House, by: Executor, known: Request) -> Request:
    try:
        return start(house, by, known)
    except AirflowUnready as unready:
        log.warning("A request waits", request=known.name, why=str(unready))
        return known


def _taken(house: House, record: Record) -> Request | None:
    """Note a message's request; None where it is none, which is set aside."""
    place = f"{record.topic}/{record.partition}/{record.offset}"
    correlation = place
    requester = ""
    try:
        envelope = _envelope(record.value)
        correlation = str(envelope.get("id") or place)[:_LONGEST_CORRELATION]
        requester = str(envelope.get("source") or "")
        return desk.ask(house, _request(envelope), "kafka", correlation)
    except NotHonoured as refusal:
        _set_aside(
            house, record, refusal, RequestAnswered("", "", requester, correlation, "rejected")
        )
        return None


def _envelope(value: bytes) -> dict[str, Any]:
    try:
        said = json.loads(value)
        text = json.dumps(said, ensure_ascii=False)
        text.encode()
    except (ValueError, RecursionError) as error:
        raise NotHonoured("bad-request", f"expected JSON, came what is none: {error}") from error
    if _NUL in text:
        raise NotHonoured("bad-request", "expected text, came the character NUL")
    if not isinstance(said, dict):
        raise NotHonoured("bad-request", f"expected a JSON object, came {type(said).__name__}")
    return said


def _request(envelope: dict[str, Any]) -> HarvestRequest:
    lacking = [name for name in ("id", "source", "data") if not envelope.get(name)]
    if envelope.get("type") != events.REQUEST or lacking:
        raise NotHonoured(
            "bad-request",
            f"expected a CloudEvent of type {events.REQUEST} with id, source and data, came type "
            f"{envelope.get('type')!r}" + (f" without {', '.join(lacking)}" if lacking else ""),
        )
    return read(envelope["data"], f"kafka:{envelope['source']}"[:_LONGEST_CORRELATION])


def _set_aside(
    house: House, record: Record, refusal: NotHonoured, answer: RequestAnswered
) -> None:
    """Keep what was no request where somebody can look at it, and answer whoever sent it."""
    place = f"{record.topic}/{record.partition}/{record.offset}"
    content = b64encode(record.value[:_LONGEST_CONTENT]).decode()
    letter = DeadLetter(place, refusal.code, str(refusal), len(record.value), content)
    told = replace(answer, code=refusal.code, reason=str(refusal))
    with house.ledger.begin() as tx:
        outbox.append(tx, events.dead_letter(letter, tx.now))
        outbox.append(tx, events.request_answered(told, events.REQUEST_REJECTED, tx.now))
    log.warning("A message was set aside", place=place, why=str(refusal))
