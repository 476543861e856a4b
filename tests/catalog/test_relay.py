"""The relay over a real Kafka; who reads along is kafka-python itself."""

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition

from catalog import events
from catalog.events import CREATED, HarvestEnded
from catalog.relay import LEASE, Relay, Relayed, Route
from lake.broker import Message, Producer, ensure_topic
from lake.errors import BrokerFailed, MessageRefused
from lake.ledger import outbox
from lake.ledger.ledger import Ledger
from lake.nouns import Item, Signal
from tests.kafka_broker import a_broker
from tests.makers import NEW_YEAR, StillClock, a_ledger

LONGEST_SILENCE_SECONDS = 30


@pytest.fixture(scope="module")
def servers() -> Iterator[str]:
    with a_broker() as address:
        yield address


@pytest.fixture
def ledger(url: str) -> Ledger:
    return a_ledger(url)


def a_topic(servers: str, **settings: str) -> str:
    name = f"t-{uuid4().hex}"
    ensure_topic(servers, name, 3, settings)
    return name


def a_relay(ledger: Ledger, servers: str, topic: str, **options: int) -> Relay:
    route = Route(
        topic, topic, lambda collection, item: f"https://api/{collection}/{item}", **options
    )
    return Relay(ledger, partial(Producer, servers, f"relay {topic}"), route, batch=7)


def a_signal(key: str, number: int, padding: int = 0) -> Signal:
    stac = {"type": "Feature", "stac_version": "1.1.0", "id": key, "collection": "era5"}
    item = Item("era5", key, f"r{number}", json.dumps(stac | {"padding": "x" * padding}))
    return events.item_published(item, CREATED, NEW_YEAR)


def waiting(ledger: Ledger, *signals: Signal) -> list[str]:
    with ledger.begin() as tx:
        for signal in signals:
            outbox.append(tx, signal)
    return [signal.id for signal in signals]


def unsent(ledger: Ledger) -> int:
    with ledger.begin() as tx:
        return len(outbox.unsent(tx))


def heard(servers: str, topic: str, isolation: str = "read_committed") -> list[dict[str, object]]:
    """All that a topic holds, in the order of each key."""
    consumer = KafkaConsumer(bootstrap_servers=servers, isolation_level=isolation)
    parts = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
    consumer.assign(parts)
    consumer.seek_to_beginning(*parts)
    ends = consumer.end_offsets(parts)
    found, patience = [], time.monotonic() + LONGEST_SILENCE_SECONDS
    while any(consumer.position(part) < ends[part] for part in parts):
        assert time.monotonic() < patience, f"of {ends} only {len(found)} events were to be had"
        for record in chain.from_iterable(consumer.poll(500).values()):
            said = json.loads(record.value)
            assert record.key.decode() == said["subject"]
            assert dict(record.headers)["content-type"].startswith(b"application/cloudevents+json")
            found.append(said)
            patience = time.monotonic() + LONGEST_SILENCE_SECONDS
    consumer.close()
    return found


def test_every_signal_goes_out_once_and_in_the_order_of_its_key(
    servers: str, ledger: Ledger
) -> None:
    signals = [a_signal(f"k{number % 4}", number) for number in range(30)]
    sent = waiting(ledger, *signals)
    topic = a_topic(servers)
    with a_relay(ledger, servers, topic) as relay:
        first, second = relay.round(), relay.round()

    assert (first, second) == (Relayed(True, 30), Relayed(True, 0))
    assert unsent(ledger) == 0
    by_key = defaultdict(list)
    for event in heard(servers, topic):
        by_key[event["subject"]].append(event["id"])
    assert {key: len(ids) for key, ids in by_key.items()} == {
        "era5/k0": 8,
        "era5/k1": 8,
        "era5/k2": 7,
        "era5/k3": 7,
    }
    for ids in by_key.values():
        assert ids == [name for name in sent if name in ids]


def test_while_one_relay_leads_another_sends_nothing(tmp_path: Path, servers: str) -> None:
    clock = StillClock()
    one, two = a_ledger(tmp_path, clock, "one"), a_ledger(tmp_path, clock, "two")
    topic = a_topic(servers)
    with a_relay(one, servers, topic) as first, a_relay(two, servers, topic) as second:
        first.round()
        waiting(one, a_signal("a", 1))
        assert second.round() == Relayed()
        assert first.round() == Relayed(True, 1)
        first.step_down()
        waiting(one, a_signal("a", 2))
        assert second.round() == Relayed(True, 1)

    assert len(heard(servers, topic)) == 2


def test_a_relay_that_lost_its_lease_sends_nothing_more(tmp_path: Path, servers: str) -> None:
    clock = StillClock()
    one, two = a_ledger(tmp_path, clock, "one"), a_ledger(tmp_path, clock, "two")
    topic = a_topic(servers)
    with a_relay(one, servers, topic) as first, a_relay(two, servers, topic) as second:
        first.round()
        clock.now += LEASE
        assert second.round() == Relayed(True, 0)
        waiting(one, a_signal("a", 1))
        assert first.round().sent == 0
        assert first.round() == Relayed()
        assert second.round() == Relayed(True, 1)

    assert len(heard(servers, topic)) == 1


def test_a_producer_that_was_shut_out_reaches_nobody(servers: str) -> None:
    topic, name = a_topic(servers), uuid4().hex
    with (
        Producer(servers, name) as old,
        Producer(servers, name),
        pytest.raises(BrokerFailed, match="came"),
    ):
        old.send([Message(topic, b"k", b"{}")])

    assert heard(servers, topic) == []


def test_what_is_too_large_goes_out_with_a_link_in_its_place(servers: str, ledger: Ledger) -> None:
    waiting(ledger, a_signal("small", 1), a_signal("large", 2, 5000), a_signal("small", 3))
    topic = a_topic(servers)
    with a_relay(ledger, servers, topic, limit_bytes=2000) as relay:
        assert relay.round() == Relayed(True, 3)

    by_id = {event["data"]["id"]: event for event in heard(servers, topic)}
    assert "inletslimmed" not in by_id["small"]
    assert by_id["large"]["inletslimmed"] is True
    assert by_id["large"]["dataref"] == "https://api/era5/large"
    assert by_id["large"]["data"]["links"][0]["href"] == "https://api/era5/large"


def test_a_topic_that_takes_less_than_was_known_gets_slim_ones(
    servers: str, ledger: Ledger
) -> None:
    waiting(ledger, a_signal("small", 1), a_signal("large", 2, 5000), a_signal("small", 3))
    topic = a_topic(servers, **{"max.message.bytes": "1500", "compression.type": "uncompressed"})
    with a_relay(ledger, servers, topic) as relay:
        assert relay.round() == Relayed(True, 3)

    assert [e["data"]["id"] for e in heard(servers, topic) if "dataref" in e] == ["large"]


def test_what_nobody_takes_is_set_aside_with_its_reason_and_stalls_nothing(
    servers: str, ledger: Ledger
) -> None:
    endless = HarvestEnded("era5", "run", NEW_YEAR, None, None, 0, 0, "x" * 5000)
    poison = events.harvest_ended(endless, NEW_YEAR)
    waiting(ledger, a_signal("a", 1), poison, a_signal("b", 2))
    topic = a_topic(servers)
    with a_relay(ledger, servers, topic, limit_bytes=2000) as relay:
        assert relay.round() == Relayed(True, 2, 1)
        assert relay.round() == Relayed(True)

    with ledger.begin() as tx:
        (aside,) = outbox.refused(tx)
    assert aside.signal.id == poison.id
    assert "expected at most 2000 bytes" in (aside.refusal or "")


def test_the_limit_of_a_topic_is_the_brokers(servers: str) -> None:
    name = a_topic(servers, **{"max.message.bytes": "5000"})

    assert ensure_topic(servers, name, 1, {}) < 5000
    with Producer(servers, name) as producer, pytest.raises(MessageRefused, match="came"):
        producer.send([Message(name, b"k", Random(1).randbytes(9000))])


def test_a_broker_that_is_not_there_leaves_all_waiting_and_the_lead_free(ledger: Ledger) -> None:
    waiting(ledger, a_signal("a", 1))
    relay = Relay(ledger, partial(Producer, "127.0.0.1:9", "r"), Route("t", "t", lambda c, i: ""))
    for _ in range(2):
        with pytest.raises(BrokerFailed, match="is it up"):
            relay.round()

    assert unsent(ledger) == 1
