"""The consumer for those downstream, over a real Kafka."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from catalog.cloudevents import CloudEvent
from inlet.consume import Followed, follower
from lake.broker import Message, Producer
from tests.catalog.test_relay import a_signal, a_topic
from tests.kafka_broker import a_broker

KEYS = 3


@pytest.fixture(scope="module")
def servers() -> Iterator[str]:
    with a_broker() as address:
        yield address


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'inbox.db'}"


def told(servers: str, topic: str, *values: bytes) -> None:
    with Producer(servers, uuid4().hex) as producer:
        producer.send([Message(topic, b"k%d" % (n % KEYS), v) for n, v in enumerate(values)])


def some_events(count: int) -> list[bytes]:
    signals = [a_signal(f"k{number % KEYS}", number) for number in range(count)]
    return [CloudEvent(signal).to_json().encode() for signal in signals]


def note(event: CloudEvent, database: Connection) -> None:
    database.execute(text("CREATE TABLE IF NOT EXISTS seen (id TEXT, subject TEXT)"))
    values = {"id": event.signal.id, "subject": event.signal.subject}
    database.execute(text("INSERT INTO seen VALUES (:id, :subject)"), values)


def seen(database: str, servers: str, topic: str) -> list[tuple[str, str]]:
    with follower(servers, uuid4().hex, database, topic) as follow, follow.ledger.begin() as tx:
        return [(r.id, r.subject) for r in tx.connection.execute(text("SELECT * FROM seen"))]


def test_what_comes_twice_is_handled_once_and_in_order(servers: str, database: str) -> None:
    topic, said = a_topic(servers), some_events(9)
    told(servers, topic, *said, *said)
    with follower(servers, "g", database, topic) as follow:
        assert follow(note, once=True) == Followed(handled=9, known=9)
        told(servers, topic, *some_events(12))
        assert follow(note, once=True) == Followed(handled=3, known=9)

    found = seen(database, servers, topic)
    wanted = [a_signal(f"k{number % KEYS}", number) for number in range(12)]
    for key in range(KEYS):
        subject = f"era5/k{key}"
        assert [i for i, s in found if s == subject] == [
            w.id for w in wanted if w.subject == subject
        ]


def test_a_handler_that_fails_is_asked_again_and_leaves_no_trace_of_the_first_time(
    servers: str, database: str
) -> None:
    topic = a_topic(servers)
    told(servers, topic, *some_events(9))
    asked: list[str] = []

    def fails_once(event: CloudEvent, connection: Connection) -> None:
        note(event, connection)
        asked.append(event.signal.id)
        if len(asked) == 5:
            raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError), follower(servers, "g", database, topic) as follow:
        follow(fails_once, once=True)
    with follower(servers, "g", database, topic) as follow:
        assert follow(fails_once, once=True).handled == 5

    assert len(asked) == 10
    assert len(set(asked)) == 9
    assert sorted(i for i, _ in seen(database, servers, topic)) == sorted(set(asked))


def test_poison_is_passed_by(servers: str, database: str) -> None:
    topic = a_topic(servers)
    told(servers, topic, b"not JSON", *some_events(1))
    with follower(servers, "g", database, topic) as follow:
        assert follow(note, once=True) == Followed(handled=1, rejected=1)
