"""The door to Kafka, against a real broker. Topics are made and filled by the tests' own hands."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from harvesters.notices.listening import listen
from lake.broker import Consumer, Record, message_limit
from lake.errors import BrokerFailed
from lake.ledger import notices
from lake.ledger.ledger import Ledger
from tests.kafka_broker import a_broker
from tests.makers import a_ledger


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with a_broker() as address:
        yield address


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return a_ledger(tmp_path)


def a_topic(servers: str, *values: bytes | None) -> str:
    """Make a topic of two partitions that holds these records."""
    name = f"t-{uuid4().hex}"
    admin = KafkaAdminClient(bootstrap_servers=servers)
    admin.create_topics([NewTopic(name, num_partitions=2, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=servers)
    for number, value in enumerate(values):
        headers = [("ce_id", b"x")]
        producer.send(name, value, b"key", headers, partition=number % 2).get(30)
    producer.close()
    return name


def taken_by(consumer: Consumer, count: int) -> list[Record]:
    found: list[Record] = []
    while len(found) < count:
        found += consumer.take(1)
    return found


def test_a_broker_that_does_not_know_a_topic_has_failed_for_now(servers: str) -> None:
    with pytest.raises(BrokerFailed, match="ask again soon"):
        message_limit(servers, f"t-{uuid4().hex}")


def test_what_is_not_committed_comes_again(servers: str) -> None:
    topic = a_topic(servers, b"a", b"b", b"c")
    with Consumer(servers, topic, "g") as first:
        taken = taken_by(first, 3)
        first.commit([record for record in taken if record.partition == 0])

    with Consumer(servers, topic, "g") as second:
        [again] = taken_by(second, 1)
        assert second.take(0.5) == []
        assert second.is_at_end()
    assert (again.value, again.partition, again.headers) == (b"b", 1, {"ce_id": "x"})


def test_a_tombstone_is_an_empty_record(servers: str) -> None:
    with Consumer(servers, a_topic(servers, None), "g") as consumer:
        assert [record.value for record in taken_by(consumer, 1)] == [b""]


def test_a_broker_that_is_not_there_is_named() -> None:
    with pytest.raises(BrokerFailed, match=r"expected Kafka at 127\.0\.0\.1:9"):
        Consumer("127.0.0.1:9", "t", "g")


def test_a_topic_that_is_not_there_is_named(servers: str) -> None:
    with pytest.raises(BrokerFailed, match="the topic 'none'"):
        Consumer(servers, "none", "g")


def test_poison_goes_to_the_record_and_is_passed_by(servers: str, ledger: Ledger) -> None:
    topic = a_topic(servers, b"not JSON", b'{"collection": "sst"}', None, b'{"collection": "x"}')
    with Consumer(servers, topic, "g") as consumer:
        taken = listen(ledger, consumer, "kafka", once=True)
    with Consumer(servers, topic, "g") as consumer:
        again = listen(ledger, consumer, "kafka", once=True)

    assert (taken, again) == ({"rejected": 2, "waiting": 2}, {})
    places = {f"{topic}/{partition}/{offset}" for partition in (0, 1) for offset in (0, 1)}
    with ledger.begin() as tx:
        assert {n.id for n in notices.recent(tx)} == places


def test_a_listener_that_dies_before_its_commit_notes_nothing_twice(
    servers: str, ledger: Ledger
) -> None:
    topic = a_topic(servers, b'{"collection": "a"}', b'{"collection": "b"}')
    for _ in range(2):  # the second group begins anew, as one does that never committed
        with Consumer(servers, topic, uuid4().hex) as consumer:
            listen(ledger, consumer, "kafka", once=True)

    with ledger.begin() as tx:
        assert notices.counts(tx) == {"waiting": 2}
