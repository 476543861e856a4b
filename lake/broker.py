"""Kafka's door: a topic consumed with commits by hand. Nobody else imports kafka.

What was taken is committed only after its taker has it safe; a crash between brings it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from kafka import KafkaAdminClient, KafkaConsumer
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata, TopicPartition

from lake.errors import BrokerFailed

_BATCH = 200
_BOOTSTRAP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic; a tombstone's ``value`` is empty."""

    topic: str
    partition: int
    offset: int
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


def topics(servers: str) -> list[str]:
    """Return the names of the topics at ``servers``, sorted.

    Raises:
        BrokerFailed: no broker answers.
    """
    try:
        admin: Any = KafkaAdminClient(
            bootstrap_servers=servers.split(","),
            bootstrap_timeout_ms=_BOOTSTRAP_SECONDS * 1000,
        )
        try:
            return sorted(str(name) for name in admin.list_topics())
        finally:
            admin.close()
    except KafkaError as error:
        raise BrokerFailed(f"expected Kafka at {servers}, came {error!r}; is it up?") from error


def _record(r: Any) -> Record:  # noqa: ANN401 - kafka-python has no types
    headers = {key: (value or b"").decode(errors="replace") for key, value in r.headers}
    return Record(r.topic, r.partition, r.offset, r.value or b"", headers)
