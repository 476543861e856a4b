"""How this house tells: to Kafka, where there is one; else straight from the outbox."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

import structlog
from sqlalchemy.exc import OperationalError

from catalog.event_schemas import Topics
from catalog.relay import BATCH, NAME, PARTITIONS, TOPIC_SETTINGS, Relay, Route
from catalog.tree import file_name
from hooks.dispatcher import Dispatched
from hooks.listening import GROUP, listen
from inlet.errors import NoBroker
from inlet.house import House
from inlet.settings import Settings
from lake.broker import Consumer, Producer, ensure_topic
from lake.errors import BrokerFailed
from lake.ledger import leases
from lake.nouns import Signal

_AGAIN_SECONDS = 2.0

log = structlog.get_logger(__name__)


def open_relay(house: House) -> Relay:
    """Return a relay to this house's topics, which are made where they are missing.

    Raises:
        NoBroker: the settings name no Kafka.
        BrokerFailed: it does not answer.
    """
    servers = brokers(house)
    wanted = (*topics(house), house.settings.kafka_dead)
    limit = min(ensure_topic(servers, t, PARTITIONS, TOPIC_SETTINGS) for t in wanted)
    return Relay(house.ledger, partial(Producer, servers, NAME), route(house, limit))


def route(house: House, limit_bytes: int) -> Route:
    """Return where this house's signals go."""
    settings = house.settings
    return Route(
        settings.kafka_items,
        settings.kafka_harvests,
        partial(item_at, settings.stac, settings.catalog_root),
        limit_bytes=limit_bytes,
        replies=settings.kafka_replies,
        dead=settings.kafka_dead,
    )


def item_at(api: str, catalog_root: Path, collection: str, item: str) -> str:
    """Return where an item is to be had: of the STAC API, else in the static catalogue."""
    if api:
        return f"{api.rstrip('/')}/collections/{quote(collection)}/items/{quote(item)}"
    name = file_name(item)
    return (catalog_root / file_name(collection) / name / f"{name}.json").as_uri()


def topics(house: House) -> tuple[str, ...]:
    """Return the names of this house's topics."""
    settings = house.settings
    named = (settings.kafka_items, settings.kafka_harvests, settings.kafka_replies)
    return tuple(dict.fromkeys(named))


def named_topics(settings: Settings) -> Topics:
    """Return every topic by what it carries."""
    return Topics(
        items=settings.kafka_items,
        harvests=settings.kafka_harvests,
        requests=settings.kafka_requests,
        replies=settings.kafka_replies,
        dead=settings.kafka_dead,
    )


def brokers(house: House) -> str:
    """Return where Kafka is.

    Raises:
        NoBroker: the settings name none.
    """
    if not house.settings.kafka:
        raise NoBroker(
            "expected INLET_KAFKA=host:port of a Kafka broker, came nothing; without one, "
            "`inlet hooks run` reads the outbox itself"
        )
    return house.settings.kafka


def relay_now(house: House) -> None:
    """Send what waits, unless somebody does; where Kafka does not answer, it goes on waiting."""
    with house.ledger.begin() as tx:
        if leases.owner(tx, NAME) is not None:
            return  # and Kafka need not be asked for anything, which takes half a second
    try:
        with open_relay(house) as relay:
            done = relay.round()
    except BrokerFailed as failed:
        log.warning("Signals wait for Kafka", why=str(failed))
        return
    log.info("Signals were relayed", leads=done.is_leader, sent=done.sent, refused=done.refused)


def send_again(house: House, topic: str, signals: Iterable[Signal]) -> int:
    """Send signals to a topic, which is made where it is missing; return how many.

    Raises:
        NoBroker, BrokerFailed: there is no Kafka; what was sent until then may be sent again.
        MessageRefused: one is too large even without its item.
    """
    servers = brokers(house)
    limit = ensure_topic(servers, topic, PARTITIONS, TOPIC_SETTINGS)
    to = replace(route(house, limit), items=topic, harvests=topic, replies=topic, dead=topic)
    messages = map(to.message, signals)
    count = 0
    with Producer(servers, f"inlet-replay {house.ledger.owner}") as producer:
        while batch := list(islice(messages, BATCH)):
            producer.send(batch)
            count += len(batch)
    return count


def hear(house: House) -> Dispatched:
    """Record for the hooks what Kafka has told until now.

    Raises:
        NoBroker, BrokerFailed: there is nobody to listen to.
    """
    total = Dispatched()
    for topic in topics(house):
        with Consumer(brokers(house), topic, GROUP) as consumer:
            total += listen(house.ledger, consumer, once=True)
    return total


@contextmanager
def hearing(house: House) -> Iterator[None]:
    """Record for the hooks what Kafka tells, beside whatever is done while the ``with`` lasts.

    Where Kafka or the ledger's database goes away, it goes on when they are back.

    Raises:
        NoBroker: the settings name no Kafka.
    """
    servers, enough = brokers(house), Event()
    ears = [
        Thread(target=_hear_until, args=(house, servers, topic, enough), name=f"hear {topic}")
        for topic in topics(house)
    ]
    for ear in ears:
        ear.start()
    try:
        yield
    finally:
        enough.set()
        for ear in ears:
            ear.join()


def _hear_until(house: House, servers: str, topic: str, enough: Event) -> None:
    while not enough.is_set():
        try:
            with Consumer(servers, topic, GROUP) as consumer:
                listen(house.ledger, consumer, enough)
        except (BrokerFailed, OperationalError) as failed:
            log.warning("Kafka is not heard", topic=topic, why=str(failed))
            enough.wait(_AGAIN_SECONDS)
