"""From the outbox to Kafka: in order for each item, none lost, none held up by another.

One relay leads at a time: it holds a lease of the ledger, and its producer shuts out those
before it. A row is marked after the broker has it; a crash between sends it again under its id.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import structlog

from catalog import events
from catalog.cloudevents import MEDIA_TYPE, SOURCE, CloudEvent
from catalog.events import DEAD_LETTER, OF_HARVESTS, OF_REQUESTS
from lake.broker import Message, Producer
from lake.errors import BrokerFailed, MessageRefused
from lake.ledger import leases, outbox
from lake.ledger.leases import Term
from lake.ledger.ledger import Ledger, Transaction
from lake.nouns import Signal

NAME = "inlet-relay"
LEASE = timedelta(seconds=30)
BATCH = 5000
PARTITIONS = 6
TOPIC_SETTINGS = {
    "cleanup.policy": "delete",
    "compression.type": "producer",
    "retention.ms": str(30 * 24 * 3600 * 1000),  # older ones are replayed from the ledger
}
_HEADERS = (("content-type", f"{MEDIA_TYPE}; charset=UTF-8".encode()),)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """Where signals go, what they say of where they come from, and how large they may be.

    ``item_at`` tells where the item of a collection is to be had by its id.
    """

    items: str
    harvests: str
    item_at: Callable[[str, str], str]
    source: str = SOURCE
    limit_bytes: int = 1_000_000
    replies: str = "inlet.replies"
    dead: str = "inlet.requests.dead"

    def topic_of(self, type_: str) -> str:
        """Return the topic of the signals of a type."""
        if type_ in OF_HARVESTS:
            return self.harvests
        if type_ in OF_REQUESTS:
            return self.replies
        return self.dead if type_ == DEAD_LETTER else self.items

    def message(self, signal: Signal, *, slim: bool = False) -> Message:
        """Return a signal as it is sent; one that is too large has a link instead of the item.

        Raises:
            MessageRefused: it is too large all the same.
        """
        event = CloudEvent(signal, self.source)
        key, value = signal.subject.encode(), event.to_json().encode()
        may_be_slimmed = signal.type in events.ITEM_OUT
        if may_be_slimmed and (slim or not self._fits(key, value)):
            collection, _, item = signal.subject.partition("/")
            value = event.slimmed(self.item_at(collection, item)).to_json().encode()
        if not self._fits(key, value):
            raise MessageRefused(
                f"expected at most {self.limit_bytes} bytes, came {len(key) + len(value)}; raise "
                "the topic's max.message.bytes"
            )
        return Message(self.topic_of(signal.type), key, value, _HEADERS)

    def _fits(self, key: bytes, value: bytes) -> bool:
        return len(key) + len(value) <= self.limit_bytes


@dataclass(slots=True)
class Relayed:
    """What a round did; ``refused`` signals were set aside with their reason."""

    is_leader: bool = False
    sent: int = 0
    refused: int = 0


@dataclass(slots=True)
class Relay:
    """Sends what waits, as long as it leads. Use it with ``with``."""

    ledger: Ledger
    connect: Callable[[], Producer]
    route: Route
    batch: int = BATCH
    _term: Term | None = field(default=None, init=False)
    _until: datetime | None = field(default=None, init=False)
    _producer: Producer | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.step_down()

    def round(self) -> Relayed:
        """Send until nothing waits; nothing is sent while another relay leads.

        Raises:
            BrokerFailed: Kafka does not answer; what was not sent still waits.
        """
        done = Relayed()
        acknowledged: list[str] = []
        try:
            producer = self._producer if self.lead() else None
            done.is_leader = producer is not None
            while producer is not None and (batch := self._next(acknowledged)):
                acknowledged = self._send(producer, batch, done)
        except BrokerFailed:
            self.step_down()
            raise
        return done

    def lead(self) -> bool:
        """Take the lead where it is free; return whether this relay has it.

        Raises:
            BrokerFailed: Kafka does not answer.
        """
        if self._term is None:
            with self.ledger.begin() as tx:
                self._term = leases.take(tx, NAME, LEASE)
                self._until = tx.now + LEASE
            if self._term is not None:
                self._producer = self._connected()
        return self._producer is not None

    def step_down(self) -> None:
        """Let another lead at once."""
        producer, self._producer = self._producer, None
        term, self._term = self._term, None
        if producer is not None:
            producer.close()
        if term is not None:
            with self.ledger.begin() as tx:
                leases.give_up(tx, term)

    def _connected(self) -> Producer:
        try:
            return self.connect()
        except BrokerFailed:
            self.step_down()
            raise

    def _next(self, acknowledged: Sequence[str]) -> list[Signal]:
        """Mark what the broker has, and return what comes next; nothing where the lead is lost."""
        with self.ledger.begin() as tx:
            outbox.mark_sent(tx, acknowledged)
            leads = self._still_leads(tx)
            batch = outbox.unsent(tx, self.batch) if leads else []
        if not leads:
            log.warning("The lead was lost: nothing more is sent")
            self.step_down()
        return batch

    def _still_leads(self, tx: Transaction) -> bool:
        if self._term is None or self._until is None:
            return False
        if self._until - tx.now > LEASE / 2:
            return True
        self._until = tx.now + LEASE
        return leases.renew(tx, self._term, LEASE)

    def _send(self, producer: Producer, batch: Sequence[Signal], done: Relayed) -> list[str]:
        """Send a batch; return the ids of those that the broker has."""
        try:
            producer.send([self.route.message(signal) for signal in batch])
            acknowledged = [signal.id for signal in batch]
        except MessageRefused:
            acknowledged = [s.id for s in batch if self._send_alone(producer, s, done)]
        done.sent += len(acknowledged)
        return acknowledged

    def _send_alone(self, producer: Producer, signal: Signal, done: Relayed) -> bool:
        """Send one, slimmer where it is refused as it is; else set it aside with the reason."""
        reason = ""
        for slim in (False, True):
            try:
                producer.send([self.route.message(signal, slim=slim)])
            except MessageRefused as error:
                reason = str(error)
            else:
                return True
        log.warning("A signal was set aside", id=signal.id, reason=reason)
        with self.ledger.begin() as tx:
            outbox.refuse(tx, signal.id, reason)
        done.refused += 1
        return False
