"""Listening to a Kafka topic: every record into the inbox, then committed. None is lost."""

from collections import Counter
from collections.abc import Mapping

import structlog

from harvesters.notices.inbox import take_in
from harvesters.notices.message import Message
from lake.broker import Consumer, Record
from lake.ledger.ledger import Ledger

_WAIT_SECONDS = 1.0

log = structlog.get_logger(__name__)


def listen(ledger: Ledger, consumer: Consumer, source: str, once: bool) -> Mapping[str, int]:
    """Take in what a topic holds; return how many records ended in which state.

    ``once`` ends at the topic's end, else only an error ends it. A record that cannot be read is
    rejected in the ledger and committed past, so that it never comes again.

    Raises:
        BrokerFailed: Kafka went away; what was not committed comes again.
    """
    taken: Counter[str] = Counter()
    while True:
        records = consumer.take(_WAIT_SECONDS)
        taken.update(take_in(ledger, _message(ledger, source, record)).state for record in records)
        if records:
            consumer.commit(records)
            log.info("Records were taken in", source=source, records=len(records))
        elif once and consumer.is_at_end():
            return taken


def _message(ledger: Ledger, source: str, record: Record) -> Message:
    return Message(
        source=source,
        body=record.value,
        received_at=ledger.clock(),
        headers={name.lower(): value for name, value in record.headers.items()},
        place=f"{record.topic}/{record.partition}/{record.offset}",
    )
