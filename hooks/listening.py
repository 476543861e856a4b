"""Listening to Kafka for the hooks: what is told is recorded, then committed; nothing is run."""

from threading import Event

import structlog

from catalog.cloudevents import read
from catalog.errors import NotAnEvent
from hooks.dispatcher import Dispatched, record_told
from lake.broker import Consumer, Record
from lake.ledger.ledger import Ledger

GROUP = "inlet-hooks"
_WAIT_SECONDS = 0.5

log = structlog.get_logger(__name__)


def listen(
    ledger: Ledger, consumer: Consumer, enough: Event | None = None, *, once: bool = False
) -> Dispatched:
    """Record what a topic tells until it is ``enough``; ``once`` ends at the topic's end.

    Raises:
        BrokerFailed: Kafka went away; what was not committed comes again.
    """
    total = Dispatched()
    while enough is None or not enough.is_set():
        records = consumer.take(_WAIT_SECONDS)
        if records:
            total += record_told(ledger, _ids(records))
            consumer.commit(records)
        elif once and consumer.is_at_end():
            break
    return total


def _ids(records: list[Record]) -> list[str]:
    ids = []
    for record in records:
        try:
            ids.append(read(record.value).signal.id)
        except NotAnEvent as error:
            place = f"{record.topic}/{record.partition}/{record.offset}"
            log.warning("A record was passed by", place=place, reason=str(error))
    return ids
