"""For those downstream: Inlet's events from Kafka, each handled once, in the order of each item.

    def handle(event: CloudEvent, database: Connection) -> None: ...

    with follower("localhost:9092", "my-group", "sqlite:///inbox.db") as follow:
        follow(handle)

Events come at least once; their ids are kept in a database of one's own, in one transaction with
what ``handle`` writes there. What was handled is then committed to Kafka.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy import Connection

from catalog.cloudevents import CloudEvent, read
from catalog.errors import NotAnEvent
from lake.broker import Consumer, Record
from lake.ledger import inbox
from lake.ledger.ledger import Ledger

_WAIT_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Handle(Protocol):
    """Does what an event asks for."""

    def __call__(self, event: CloudEvent, database: Connection) -> None:
        """Handle an event; what is written to ``database`` holds only if nothing is raised.

        Whatever is raised ends the following: the event comes again, and none is handled before
        it.
        """
        ...


@dataclass(slots=True)
class Followed:
    """How many events were handled, known already, and passed by since they are none."""

    handled: int = 0
    known: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Follower:
    """Takes a topic's events to whom they concern."""

    consumer: Consumer
    ledger: Ledger
    group: str

    def __call__(self, handle: Handle, *, once: bool = False) -> Followed:
        """Handle events as they come; ``once`` ends at the topic's end.

        Raises:
            BrokerFailed: Kafka went away; what was not handled comes again.
        """
        done = Followed()
        while True:
            records = self.consumer.take(_WAIT_SECONDS)
            through: list[Record] = []
            try:
                for record in records:
                    self._take(record, handle, done)
                    through.append(record)
            finally:
                if through:
                    self.consumer.commit(through)
            if once and not records and self.consumer.is_at_end():
                return done

    def _take(self, record: Record, handle: Handle, done: Followed) -> None:
        try:
            event = read(record.value)
        except NotAnEvent as error:
            place = f"{record.topic}/{record.partition}/{record.offset}"
            log.warning("A record was passed by", place=place, reason=str(error))
            done.rejected += 1
            return
        with self.ledger.begin() as tx:
            if not inbox.fresh(tx, self.group, [event.signal.id]):
                done.known += 1
                return
            handle(event, tx.connection)
        done.handled += 1


@contextmanager
def follower(
    servers: str, group: str, database: str, topic: str = "inlet.items"
) -> Iterator[Follower]:
    """Give what follows a topic; ``database`` is the SQLAlchemy URL of where the ids are kept.

    Raises:
        BrokerFailed: no broker answers at ``servers``, or it has no such topic.
    """
    ledger = Ledger.open(database)
    try:
        with Consumer(servers, topic, group) as consumer:
            yield Follower(consumer, ledger, group)
    finally:
        ledger.close()
