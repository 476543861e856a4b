"""The relay beside a bare kafka-python loop over the same messages, and how long a signal takes.

    python -m benchmarks.relay HOST:PORT [LEDGER] [--messages 20000]

LEDGER is an SQLAlchemy URL of an empty ledger (default: SQLite). All are measured in turns and
the best of the turns is compared: other work on the machine only ever makes a turn longer.
"""

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

from kafka import KafkaProducer
from sqlalchemy import select, update

from catalog.cloudevents import read
from catalog.events import CREATED, item_published
from catalog.relay import PARTITIONS, TOPIC_SETTINGS, Relay, Route
from lake.broker import Consumer, Message, Producer, ensure_topic
from lake.ledger import bulk, outbox, schema
from lake.ledger.ledger import Ledger
from lake.ledger.states import ItemState
from lake.nouns import Item, ItemId, Signal
from tests.catalog.makers import described
from tests.makers import NEW_YEAR

TURNS = 3
SIGNALS, PAUSE_SECONDS = 400, 0.02


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as directory:
        ledger = Ledger.open(arguments.ledger or f"sqlite:///{Path(directory) / 'ledger.db'}")
        compare(arguments.servers, ledger, arguments.messages)
        wait(arguments.servers, ledger)
        ledger.close()


def compare(servers: str, ledger: Ledger, count: int) -> None:
    topic = _topic(servers)
    route = _route(topic)
    signals = [_signal(f"k{number}") for number in range(count)]
    messages = [route.message(signal) for signal in signals]
    _append(ledger, signals)
    size = sum(len(m.value) for m in messages) / count
    same = {"compression_type": "lz4", "batch_size": 262_144}
    ways: dict[str, Callable[[], float]] = {
        "relay": partial(_relayed, ledger, servers, route, count),
        "bare loop": partial(_bare, servers, messages, {}),
        "bare loop, lz4 and large batches": partial(_bare, servers, messages, same),
    }
    best, least = dict.fromkeys(ways, 0.0), dict.fromkeys(ways, float("inf"))
    for _ in range(TURNS):
        for name, way in ways.items():
            began = time.process_time()
            best[name] = max(best[name], count / way())
            least[name] = min(least[name], time.process_time() - began)
    print(f"{count} messages of {size:.0f} bytes, best of {TURNS} turns")
    for name, rate in best.items():
        print(
            f"  {name}: {rate:,.0f}/s, relay {best['relay'] / rate:.2f} of it; of the processor "
            f"{least[name] / count * 1e6:.0f} us a message"
        )


def wait(servers: str, ledger: Ledger) -> None:
    """How long from the transaction's end to the consumer, at 50 signals a second."""
    topic, enough = _topic(servers), threading.Event()
    heard: dict[str, float] = {}
    threads = [
        threading.Thread(target=_relay_until, args=(servers, ledger, topic, enough)),
        threading.Thread(target=_hear_until, args=(servers, topic, heard, enough)),
    ]
    for thread in threads:
        thread.start()
    time.sleep(3)
    told = {}
    for _ in range(SIGNALS):
        signal = _signal(uuid4().hex)
        _append(ledger, [signal])
        told[signal.id] = time.monotonic()
        time.sleep(PAUSE_SECONDS)
    while len(heard) < SIGNALS:
        time.sleep(0.05)
    enough.set()
    for thread in threads:
        thread.join()
    took = statistics.quantiles([heard[i] - told[i] for i in told], n=100)
    print(f"publication to consumer: p50 {took[49] * 1e3:.0f} ms, p99 {took[98] * 1e3:.0f} ms")


def _relayed(ledger: Ledger, servers: str, route: Route, count: int) -> float:
    with ledger.begin() as tx:
        tx.connection.execute(update(schema.outbox).values(sent_at=None))
    with Relay(ledger, partial(Producer, servers, "benchmark"), route) as relay:
        relay.lead()  # what that takes is not what is measured
        begin = time.monotonic()
        done = relay.round()
        lasted = time.monotonic() - begin
    if done.sent != count:
        raise RuntimeError(f"expected {count} sent, came {done}")
    return lasted


def _bare(servers: str, messages: list[Message], options: dict[str, object]) -> float:
    producer = KafkaProducer(bootstrap_servers=servers, **options)
    producer.partitions_for(messages[0].topic)
    begin = time.monotonic()
    for m in messages:
        producer.send(m.topic, m.value, m.key, list(m.headers))
    producer.flush()
    lasted = time.monotonic() - begin
    producer.close()
    return lasted


def _relay_until(servers: str, ledger: Ledger, topic: str, enough: threading.Event) -> None:
    connect = partial(Producer, servers, "benchmark")
    with Relay(ledger, connect, _route(topic)) as relay:
        while not enough.is_set():
            relay.round()
            time.sleep(0.1)


def _hear_until(
    servers: str, topic: str, heard: dict[str, float], enough: threading.Event
) -> None:
    with Consumer(servers, topic, uuid4().hex) as consumer:
        while not enough.is_set():
            for record in consumer.take(0.2):
                heard[read(record.value).signal.id] = time.monotonic()


def _append(ledger: Ledger, signals: list[Signal]) -> None:
    """Have signals wait as publishing leaves them: each carries what stands in its item's row."""
    with ledger.begin() as tx:
        same = {
            "collection": "era5",
            "revision": "r1",
            "sequence": 1,
            "state": ItemState.PUBLISHED,
            "created_at": tx.now,
            "updated_at": tx.now,
        }
        keys = {signal.id: signal.subject.partition("/")[2] for signal in signals}
        rows = [{**same, "key": keys[s.id], "stac": json.loads(s.data)} for s in signals]
        tx.connection.execute(schema.item.insert(), rows)
        mine = bulk.among(tx, schema.item.c.key, keys.values())
        found = tx.connection.execute(select(schema.item.c.key, schema.item.c.id).where(mine))
        ids = {r.key: ItemId(r.id) for r in found}
        outbox.append_all(tx, signals, {event: ids[key] for event, key in keys.items()})


def _signal(key: str) -> Signal:
    stac = json.dumps(json.loads(described().stac) | {"id": key})
    return item_published(Item("era5", key, "r1", stac), CREATED, NEW_YEAR)


def _topic(servers: str) -> str:
    name = f"benchmark-{uuid4().hex}"
    ensure_topic(servers, name, PARTITIONS, TOPIC_SETTINGS)
    return name


def _route(topic: str) -> Route:
    return Route(topic, topic, lambda collection, item: f"https://api/{collection}/{item}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("servers")
    parser.add_argument("ledger", nargs="?")
    parser.add_argument("--messages", type=int, default=20_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
