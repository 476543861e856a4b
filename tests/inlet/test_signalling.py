"""From the outbox over a real Kafka to a hook, and again from the ledger."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import event, text
from typer.testing import CliRunner

from catalog import events
from catalog.events import HarvestEnded
from catalog.relay import NAME
from hooks.dispatcher import Dispatched, deliver
from inlet import signalling
from inlet.cli.app import app
from inlet.errors import NoBroker
from inlet.house import House, opened
from inlet.settings import Settings
from lake.broker import Message, Producer
from lake.ledger import deliveries, leases, outbox
from tests.catalog.makers import published
from tests.catalog.test_events import OURS
from tests.catalog.test_relay import heard
from tests.hooks.makers import Listener, a_subscription
from tests.kafka_broker import a_broker
from tests.makers import NEW_YEAR


@pytest.fixture(scope="module")
def servers() -> Iterator[str]:
    with a_broker() as address:
        yield address


@pytest.fixture
def house(tmp_path: Path, servers: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("INLET_HOME", str(tmp_path))
    monkeypatch.setenv("INLET_KAFKA", servers)
    monkeypatch.setenv("INLET_KAFKA_ITEMS", f"{tmp_path.name}.items")
    monkeypatch.setenv("INLET_KAFKA_HARVESTS", f"{tmp_path.name}.harvests")
    with opened(Settings()) as found:
        yield found


def said(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout


def a_failed_harvest(house: House) -> None:
    ended = HarvestEnded("era5", "run", NEW_YEAR, None, None, 0, 0, "no answer")
    with house.ledger.begin() as tx:
        outbox.append(tx, events.harvest_ended(ended, NEW_YEAR))


def test_what_is_published_reaches_a_hook_over_kafka_once(house: House) -> None:
    with house.ledger.begin() as tx:
        deliveries.subscribe(tx, a_subscription())
        deliveries.subscribe(tx, a_subscription("watch", types=(events.HARVEST_FAILED,)))
    published(house.ledger, "a", "1")
    published(house.ledger, "a", "2")
    a_failed_harvest(house)
    listener = Listener()

    assert said("relay", "--once")[0] == 0
    assert signalling.hear(house) == Dispatched(signals=4, recorded=3)
    assert signalling.hear(house) == Dispatched()
    assert deliver(house.ledger, listener).delivered == 3
    told = [event.signal.type for event in listener.heard if event.signal.subject == "era5/a"]
    assert told == [events.CREATED, events.UPDATED]


def test_what_is_no_event_of_ours_is_passed_by(house: House, servers: str) -> None:
    topic = house.settings.kafka_items
    said("relay", "--once")
    with Producer(servers, topic) as producer:
        producer.send([Message(topic, b"k", b"poison")])
    published(house.ledger)
    said("relay", "--once")

    assert signalling.hear(house) == Dispatched(signals=1)


def test_while_kafka_is_heard_other_work_goes_on(house: House) -> None:
    with house.ledger.begin() as tx:
        deliveries.subscribe(tx, a_subscription())
    said("relay", "--once")
    listener, total = Listener(), Dispatched()
    with signalling.hearing(house):
        published(house.ledger)
        said("relay", "--once")
        while not listener.heard:
            total += deliver(house.ledger, listener)

    assert total == Dispatched(delivered=1)


def test_who_hears_outlasts_a_ledger_that_fails_for_a_while(house: House) -> None:
    with house.ledger.begin() as tx:
        deliveries.subscribe(tx, a_subscription())
    said("relay", "--once")
    failed, listener = Event(), Listener()
    event.listen(house.ledger.engine, "handle_error", lambda _: failed.set())
    with signalling.hearing(house):
        rename(house, "inbox", "mislaid")
        published(house.ledger)
        said("relay", "--once")
        assert failed.wait(60)
        rename(house, "mislaid", "inbox")

        end = time.monotonic() + 60
        while not listener.heard:
            assert time.monotonic() < end, "nobody hears any more"
            deliver(house.ledger, listener)


def rename(house: House, table: str, to: str) -> None:
    with house.ledger.begin() as tx:
        tx.connection.execute(text(f"ALTER TABLE {table} RENAME TO {to}"))


def test_a_span_is_told_again_to_a_topic_of_its_own(house: House, servers: str) -> None:
    published(house.ledger, "a", "1")
    published(house.ledger, "b", "1", collection="climate-dt")
    published(house.ledger, "a", "2")
    topic = f"{house.settings.kafka_items}.again"

    assert said("events", "replay", "--collection", "era5", "--topic", topic)[0] == 0
    assert [event["type"] for event in heard(servers, topic)] == [
        events.CREATED,
        events.UPDATED,
        events.SUPERSEDED,
    ]


def test_a_span_is_told_again_line_by_line(house: House) -> None:
    published(house.ledger)
    a_failed_harvest(house)
    assert said("events", "replay", "--stdout", "--after", str(1 << 40))[0] == 2
    code, out = said("events", "replay", "--stdout", "--from", "2020-01-01")
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]

    assert code == 0
    assert {line["type"] for line in lines} == {events.CREATED, events.HARVEST_FAILED}


def test_schemas_and_topics_are_printed(house: House) -> None:
    schemas = json.loads(said("events", "schema")[1])
    document = json.loads(said("events", "schema", "--asyncapi")[1])

    assert set(schemas) == {*OURS, events.REQUEST}
    assert (
        json.loads(said("events", "schema", "--type", events.DELETED)[1])
        == schemas[events.DELETED]
    )
    assert document["channels"]["items"]["address"] == house.settings.kafka_items
    assert said("events", "schema", "--type", "unheard of")[0] == 2


def test_what_was_set_aside_is_shown_and_admitted_again(house: House) -> None:
    item = published(house.ledger)
    with house.ledger.begin() as tx:
        (signal,) = outbox.unsent(tx)
        outbox.refuse(tx, signal.id, "too large")
    code, out = said("events", "refused", "--json")

    assert code == 3
    assert json.loads(out)[0]["refusal"] == "too large"
    assert json.loads(out)[0]["signal"]["subject"] == f"{item.collection}/{item.key}"
    assert said("events", "refused", "--again")[0] == 0
    assert said("events", "refused")[0] == 0


def test_without_kafka_whoever_needs_it_is_told_what_to_set(tmp_path: Path) -> None:
    with (
        opened(Settings(home=tmp_path, kafka="")) as house,
        pytest.raises(NoBroker, match="INLET_KAFKA"),
    ):
        signalling.open_relay(house)


def test_where_a_relay_lives_nobody_else_asks_kafka(house: House) -> None:
    published(house.ledger, "a", "1")
    with house.ledger.begin() as tx:
        lives = leases.take(tx, NAME, timedelta(minutes=1))
        assert lives
    signalling.relay_now(house)
    with house.ledger.begin() as tx:
        assert len(outbox.unsent(tx)) == 1
        leases.give_up(tx, lives)
    signalling.relay_now(house)
    with house.ledger.begin() as tx:
        assert outbox.unsent(tx) == []


def test_an_item_is_found_where_the_catalogue_has_it() -> None:
    assert signalling.item_at("https://api/", Path("/c"), "era5", "a b").startswith(
        "https://api/collections/era5/items/a"
    )
    assert signalling.item_at("", Path("/c"), "era5", "a") == "file:///c/era5/a/a.json"
