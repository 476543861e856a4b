"""Kafka's door: topics, and what is sent and taken there. Nobody else imports kafka.

What was taken is committed only after its taker has it safe; a crash between brings it again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import (
    InvalidRecordError,
    KafkaError,
    MessageSizeTooLargeError,
    TopicAlreadyExistsError,
)
from kafka.structs import OffsetAndMetadata, TopicPartition

from lake.errors import BrokerFailed, MessageRefused

_BATCH = 200
_BOOTSTRAP_SECONDS = 10
_CLOSE_SECONDS = 2.0
_DEAD_AFTER_SECONDS = 10
"""How long the others of a group wait for a reader that was killed; Kafka's 45 s are long."""
_LARGEST_REQUEST_BYTES = 1_048_576
_ROOM_BYTES = 512  # what Kafka itself adds to a message, and some to spare
_LIMIT = "max.message.bytes"
_REFUSED = (MessageSizeTooLargeError, InvalidRecordError)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic; a tombstone's ``value`` is empty."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Mapping[str, str]


class Consumer:
    """Reads one topic as a member of a group, from its beginning. Use it with ``with``.

    Raises:
        BrokerFailed: no broker answers at ``servers``, or it has no such topic.
    """

    def __init__(self, servers: str, topic: str, group: str) -> None:
        self._topic = topic
        try:
            self._consumer: Any = KafkaConsumer(
                bootstrap_servers=servers.split(","),
                group_id=group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
                session_timeout_ms=_DEAD_AFTER_SECONDS * 1000,
                bootstrap_timeout_ms=_BOOTSTRAP_SECONDS * 1000,
            )
            known = self._consumer.partitions_for_topic(topic)
        except KafkaError as error:
            raise BrokerFailed(
                f"expected Kafka at {servers}, came {error!r}; is it up?"
            ) from error
        if not known:
            self._consumer.close()
            raise BrokerFailed(f"expected the topic {topic!r} at {servers}, it has none; make it")
        self._consumer.subscribe([topic])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._consumer.close(autocommit=False)

    def take(self, wait_seconds: float, limit: int = _BATCH) -> list[Record]:
        """Return the next records, none where none came in time.

        Raises:
            BrokerFailed: the broker went away.
        """
        try:
            polled = self._consumer.poll(timeout_ms=int(wait_seconds * 1000), max_records=limit)
        except KafkaError as error:
            raise self._failed(error) from error
        return [_record(r) for records in polled.values() for r in records]

    def commit(self, taken: Sequence[Record]) -> None:
        """Note that these need not come again.

        Raises:
            BrokerFailed: it could not be noted; they may come again.
        """
        ends: dict[Any, int] = {}
        for record in taken:
            place = TopicPartition(record.topic, record.partition)
            ends[place] = max(ends.get(place, 0), record.offset + 1)
        try:
            self._consumer.commit(
                {place: OffsetAndMetadata(end, "", -1) for place, end in ends.items()}
            )
        except KafkaError as error:
            raise self._failed(error) from error

    def is_at_end(self) -> bool:
        """Return True where this member has its partitions and has taken all that they hold.

        Raises:
            BrokerFailed: the broker went away.
        """
        mine = self._consumer.assignment()
        try:
            ends = self._consumer.end_offsets(list(mine)) if mine else {}
            return bool(mine) and all(self._consumer.position(p) >= ends[p] for p in mine)
        except KafkaError as error:
            raise self._failed(error) from error

    def _failed(self, error: KafkaError) -> BrokerFailed:
        return BrokerFailed(
            f"{self._topic}: expected an answer of Kafka, came {error!r}; what was not committed "
            "comes again"
        )


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: those of one key stay in order."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class Producer:
    """Sends batches, each whole or not at all, as the only one of its name. Use it with ``with``.

    One that is opened later under the same name shuts out the earlier ones, whatever they still
    have on their way (Kafka's transactions, whose producers are idempotent and wait for all
    replicas).

    Raises:
        BrokerFailed: no broker answers at ``servers``.
    """

    def __init__(self, servers: str, name: str) -> None:
        self._servers = servers
        self._name = name
        self._producer = self._connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the broker; what was not committed is not seen by anybody."""
        with suppress(KafkaError):
            self._producer.close(timeout=_CLOSE_SECONDS)

    def send(self, messages: Sequence[Message]) -> None:
        """Send these in order and wait until the broker has them safe.

        Raises:
            MessageRefused: one of them will never be taken; none was sent.
            BrokerFailed: it could not be sent, or another of this name was opened since; open
                another producer.
        """
        try:
            self._producer.begin_transaction()
            sent = [
                self._producer.send(m.topic, m.value, m.key, list(m.headers)) for m in messages
            ]
            self._producer.flush()
            for future in sent:
                if future.failed():
                    raise future.exception
            self._producer.commit_transaction()
        except _REFUSED as error:
            # kafka-python goes on counting from the refused one, which the broker then refuses
            self.close()
            self._producer = self._connect()
            raise MessageRefused(f"expected that Kafka takes it, came {error!r}") from error
        except KafkaError as error:
            raise self._failed(error) from error

    def _connect(self) -> Any:  # noqa: ANN401 - kafka-python has no types
        with _answering(self._servers):
            producer = KafkaProducer(
                bootstrap_servers=self._servers.split(","),
                transactional_id=self._name,
                compression_type="lz4",
                batch_size=_LARGEST_REQUEST_BYTES // 4,
                max_request_size=_LARGEST_REQUEST_BYTES,
                bootstrap_timeout_ms=_BOOTSTRAP_SECONDS * 1000,
            )
            producer.init_transactions()
        return producer

    def _failed(self, error: KafkaError) -> BrokerFailed:
        return BrokerFailed(
            f"{self._name}: expected that Kafka takes a batch, came {error!r}; it is sent again"
        )


def ensure_topic(servers: str, name: str, partitions: int, settings: Mapping[str, str]) -> int:
    """Make a topic where it is missing; return how large a message's key and value may be there.

    How many replicas it has is the broker's default. A topic that is there is left as it is.

    Raises:
        BrokerFailed: no broker answers, or it refuses.
    """
    with _administering(servers) as admin, suppress(TopicAlreadyExistsError):
        plan = {"num_partitions": partitions, "configs": dict(settings)}
        admin.create_topics({name: plan}, wait_for_metadata=True)
    return message_limit(servers, name)


def message_limit(servers: str, topic: str) -> int:
    """Return how many bytes key and value of a message may have together in a topic.

    Raises:
        BrokerFailed: no broker answers, or it does not know the topic; one that has just started
            may learn of it soon.
    """
    asked = ConfigResource(ConfigResourceType.TOPIC, topic, {_LIMIT: None})
    with _administering(servers) as admin:
        said = admin.describe_configs([asked], config_filter="all")
    known = said["topic"].get(topic, {})
    if _LIMIT not in known:
        raise BrokerFailed(
            f"expected {_LIMIT} of the topic {topic!r} at {servers}, came {known}; ask again soon"
        )
    return min(int(known[_LIMIT]["value"]), _LARGEST_REQUEST_BYTES) - _ROOM_BYTES


def topics(servers: str) -> list[str]:
    """Return the names of the topics at ``servers``, sorted.

    Raises:
        BrokerFailed: no broker answers.
    """
    with _administering(servers) as admin:
        return sorted(str(name) for name in admin.list_topics())


@contextmanager
def _administering(servers: str) -> Iterator[Any]:
    with _answering(servers):
        admin: Any = KafkaAdminClient(
            bootstrap_servers=servers.split(","), bootstrap_timeout_ms=_BOOTSTRAP_SECONDS * 1000
        )
        try:
            yield admin
        finally:
            admin.close()


@contextmanager
def _answering(servers: str) -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        raise BrokerFailed(f"expected Kafka at {servers}, came {error!r}; is it up?") from error


def _record(r: Any) -> Record:  # noqa: ANN401 - kafka-python has no types
    headers = {key: (value or b"").decode(errors="replace") for key, value in r.headers}
    return Record(r.topic, r.partition, r.offset, r.key or b"", r.value or b"", headers)
