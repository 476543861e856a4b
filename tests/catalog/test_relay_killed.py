"""kill -9 of the relay and of the broker: nothing is lost, nothing out of order."""

import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from lake.ledger import schema
from lake.ledger.ledger import Ledger
from tests.broker_crash import answers_again, crashed
from tests.catalog.test_relay import a_relay, a_signal, a_topic, heard, unsent, waiting
from tests.kafka_broker import a_broker

KEYS, A_ROUND = 12, 150


@pytest.fixture(scope="module")
def servers() -> Iterator[str]:
    with a_broker() as address:
        yield address


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")


@contextmanager
def a_relay_process(ledger: Ledger, servers: str, topic: str) -> Iterator[None]:
    """A relay that is killed at the end of the ``with``."""
    command = [sys.executable, "-m", "tests.catalog.relaying", str(ledger.engine.url)]
    process = subprocess.Popen([*command, servers, topic])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def sent(ledger: Ledger) -> int:
    with ledger.begin() as tx:
        return tx.connection.execute(select(func.count(schema.outbox.c.sent_at))).scalar_one()


def wait_for_more(ledger: Ledger, than: int) -> None:
    end = time.monotonic() + 120
    while sent(ledger) <= than:
        assert time.monotonic() < end, "the relay sends nothing"
        time.sleep(0.01)


def more_signals(ledger: Ledger, round_: int) -> list[str]:
    numbers = range(round_ * A_ROUND, (round_ + 1) * A_ROUND)
    return waiting(ledger, *(a_signal(f"k{n % KEYS}", n, padding=400) for n in numbers))


def order_is_kept(servers: str, topic: str, written: list[str]) -> int:
    """Nothing is lost, each key is in order; return how many came twice."""
    events, end = heard(servers, topic), time.monotonic() + 60
    while len({event["id"] for event in events}) < len(written):
        # What was acknowledged is seen once its marker stands in each partition, soon after
        assert time.monotonic() < end, f"of {len(written)} only {len(events)} are to be had"
        time.sleep(0.2)
        events = heard(servers, topic)
    first = list(dict.fromkeys(str(event["id"]) for event in events))
    assert sorted(first) == sorted(written)
    by_key = defaultdict(list)
    for event in events:
        if event["id"] not in by_key[event["subject"]]:
            by_key[event["subject"]].append(event["id"])
    for ids in by_key.values():
        assert ids == [name for name in written if name in set(ids)]
    return len(events) - len(first)


@pytest.mark.parametrize("seed", [1])
def test_a_relay_killed_amid_its_batches_loses_nothing_and_keeps_the_order(
    servers: str, ledger: Ledger, seed: int
) -> None:
    random, topic = Random(seed), a_topic(servers)
    written: list[str] = []
    for round_ in range(5):
        before = sent(ledger)
        written += more_signals(ledger, round_)
        with a_relay_process(ledger, servers, topic):
            wait_for_more(ledger, before)
            time.sleep(random.uniform(0, 0.1))
    left = unsent(ledger)
    with a_relay(ledger, servers, topic) as relay:
        relay.round()

    assert left > 0, "every kill came too late to tell anything"
    assert unsent(ledger) == 0
    order_is_kept(servers, topic, written)


def test_a_broker_killed_amid_the_batches_loses_nothing_and_keeps_the_order(
    servers: str, ledger: Ledger
) -> None:
    topic = a_topic(servers)
    written = more_signals(ledger, 0) + more_signals(ledger, 1)
    with a_relay_process(ledger, servers, topic):
        wait_for_more(ledger, 0)
        with crashed(servers):
            written += more_signals(ledger, 2)
            answers_again(servers)
            wait_for_more(ledger, len(written) - 1)

            assert unsent(ledger) == 0
            order_is_kept(servers, topic, written)
