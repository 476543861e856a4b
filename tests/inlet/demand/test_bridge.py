"""From Kafka to answers: every message is answered, poison is set aside, nothing runs twice."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog import events
from inlet.demand.bridge import GROUP, SILENT_FOR, Bridged, bridge, look_after
from inlet.demand.executor import Spool
from inlet.demand.serving import serve
from inlet.errors import AirflowSilent, AirflowUnready
from inlet.house import House
from inlet.portfolio import Problem
from inlet.settings import Settings
from inlet.signalling import relay_now
from lake.broker import Consumer, Message, Producer, ensure_topic
from lake.ledger import outbox, requests
from lake.ledger.requests import Request, RequestState
from sandbox.client import Sandbox
from tests.kafka_broker import a_broker
from tests.makers import a_day

DAY = {"start": "2024-01-01T00:00:00Z", "end": "2024-01-02T00:00:00Z"}


@pytest.fixture(scope="module")
def kafka() -> Iterator[str]:
    with a_broker() as servers:
        yield servers


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox, kafka: str) -> Iterator[House]:
    topics = {f"kafka_{kind}": f"{kind}-{tmp_path.name}" for kind in ("requests", "replies")}
    opened = House.open(
        Settings(home=tmp_path, sandbox_url=sandbox.url, kafka=kafka, **topics)  # type: ignore[arg-type]
    )
    ensure_topic(kafka, opened.settings.kafka_requests, 1, {})
    yield opened
    opened.close()


def message(identifier: str, **said: object) -> bytes:
    envelope = {"specversion": "1.0", "id": identifier, "source": "lab", "type": events.REQUEST}
    return json.dumps({**envelope, "data": {"collection": "sst", **DAY, **said}}).encode()


def send(house: House, values: Sequence[bytes]) -> None:
    topic = house.settings.kafka_requests
    with Producer(house.settings.kafka, f"asker-{topic}") as producer:
        producer.send([Message(topic, b"k", value) for value in values])


def bridged(house: House, by: Any = None) -> Bridged:
    total = Bridged()
    with Consumer(house.settings.kafka, house.settings.kafka_requests, GROUP) as consumer:
        while not consumer.is_at_end():
            done = bridge(house, by or Spool(), consumer)
            total = Bridged(*(getattr(total, n) + getattr(done, n) for n in Bridged.__slots__))
    return total


def told(house: House) -> list[tuple[str, str]]:
    """What was answered: of each event the last word of its type, and the correlation."""
    with house.ledger.begin() as tx:
        kept = [k.signal for k in outbox.tail(tx, 500)]
    return [
        (s.type.rpartition(".")[2], json.loads(s.data)["correlation"])
        for s in kept
        if s.type in events.OF_REQUESTS
    ]


def test_every_message_is_answered_and_poison_is_set_aside(house: House) -> None:
    unfit = message("m2", collection="era5", area=[0, 0, 9, 9])
    poison = [b"\xff\xfe", b"[1]", message("m3", colour="blue"), b'{"id": "m4", "type": "x"}']
    send(house, [message("m1"), unfit, *poison])

    assert bridged(house) == Bridged(standing=1, rejected=1, dead=4)
    assert [known.state for known in serve(house)] == [RequestState.COMPLETED]
    place = f"{house.settings.kafka_requests}/0"
    assert told(house) == [
        ("accepted", "m1"),
        ("rejected", "m2"),
        ("rejected", f"{place}/2"),
        ("rejected", f"{place}/3"),
        ("rejected", "m3"),
        ("rejected", "m4"),
        ("completed", "m1"),
    ]


@pytest.mark.parametrize(
    "poison",
    [
        message("m1", start="0001-01-01T00:00:00+14:00"),
        message("m1", end="9999-12-31T23:59:59-10:00"),
        b"[" * 200_000,
        message("\ud800"),
        message("m\u0000"),
    ],
    ids=["before year 1", "after year 9999", "too deep", "half a character", "NUL"],
)
def test_what_no_ledger_can_keep_is_set_aside_and_holds_up_no_other(
    house: House, poison: bytes
) -> None:
    send(house, [poison, message("m2")])

    assert bridged(house) == Bridged(standing=1, dead=1)
    assert [answer for answer, _ in told(house)] == ["rejected", "accepted"]


class Forgetful:
    """An Airflow that lost a run of ``sst``, and has no answer about another's."""

    def provide(self, pools: object) -> list[str]:
        return []

    def ended(self, dag: str, run: str) -> str | None:
        if dag == "harvest_sst":
            return "failed"
        raise AirflowSilent("has import errors")

    def stop(self, known: Request) -> None:
        raise AirflowSilent("there is no such DAG")


def test_a_request_without_an_answer_holds_up_no_other(house: House) -> None:
    broken = Problem(Path("collections/files.yaml"), 2, "unknown key", "take it out")
    left = replace(
        house.portfolio, collections=dict(house.portfolio.collections), problems=(broken,)
    )
    del left.collections["era5"], left.collections["files"]
    for collection in ("climate-dt", "era5", "files", "sst"):
        send(house, [message(collection, collection=collection)])
    bridged(house)
    later = house.ledger.clock() + 2 * SILENT_FOR
    house = replace(house, portfolio=left, ledger=replace(house.ledger, clock=lambda: later))

    airflow: Any = Forgetful()
    look_after(house, airflow, airflow)
    with house.ledger.begin() as tx:
        found = {r.collection: (r.state, r.code) for r in requests.recent(tx)}
    assert found == {
        "climate-dt": (RequestState.ACCEPTED, None),
        "era5": (RequestState.FAILED, "unknown-collection"),
        "files": (RequestState.ACCEPTED, None),
        "sst": (RequestState.FAILED, "failed"),
    }


def test_answers_and_dead_letters_reach_their_topics(house: House) -> None:
    send(house, [message("m1"), b"poison"])
    bridged(house)
    relay_now(house)

    settings = house.settings
    with Consumer(settings.kafka, settings.kafka_replies, "asker") as consumer:
        replies = _all(consumer)
    with Consumer(settings.kafka, settings.kafka_dead, house.settings.kafka_requests) as consumer:
        dead = [d for d in _all(consumer) if settings.kafka_requests in d["data"]["place"]]

    assert [r["type"] for r in replies if r["data"]["correlation"] == "m1"] == [
        events.REQUEST_ACCEPTED
    ]
    assert [(d["data"]["code"], d["data"]["content"]) for d in dead] == [
        ("bad-request", "cG9pc29u")
    ]


class Partly:
    """An Airflow that has not all DAGs yet; ``started`` are the collections whose runs stand."""

    def __init__(self, *unready: str) -> None:
        self.unready = unready
        self.started: list[str] = []

    def provide(self, pools: object) -> list[str]:
        return []

    def ended(self, dag: str, run: str) -> str | None:
        return None if dag.removeprefix("harvest_") in self.started else "gone"

    def start(self, known: Request) -> None:
        if known.collection in self.unready:
            raise AirflowUnready("has import errors")
        self.started.append(known.collection)


def test_a_request_whose_dag_is_not_there_yet_stands_until_it_is_and_holds_up_no_other(
    house: House,
) -> None:
    airflow: Any = Partly("era5")
    for collection in ("era5", "sst"):
        send(house, [message(collection, collection=collection)])

    assert bridged(house, airflow) == Bridged(standing=2)
    assert airflow.started == ["sst"]
    assert told(house) == [("accepted", "era5"), ("accepted", "sst")]

    later = house.ledger.clock() + 2 * SILENT_FOR
    house = replace(house, ledger=replace(house.ledger, clock=lambda: later))
    airflow.unready = ()
    look_after(house, airflow, airflow)
    assert airflow.started == ["sst", "era5"]


def test_a_burst_of_the_same_request_is_run_once_and_each_message_is_answered(
    house: House,
) -> None:
    send(house, [message(f"m{n}") for n in range(40)])

    assert bridged(house).standing == 40
    assert len(serve(house)) == 1
    answers = told(house)
    everybody = [f"m{n}" for n in range(40)]
    for kind in ("accepted", "completed"):
        assert [who for said, who in answers if said == kind] == everybody


def test_what_does_not_stand_is_not_committed_and_comes_again(house: House) -> None:
    class Down:
        def start(self, known: Request) -> None:
            raise AirflowSilent("down")

        def stop(self, known: Request) -> None: ...

    send(house, [message("m1")])
    with pytest.raises(AirflowSilent):
        bridged(house, Down())

    assert bridged(house).standing == 1
    assert told(house) == [("accepted", "m1")]


def test_a_message_that_was_ever_taken_makes_no_second_run(house: House) -> None:
    """Whatever was asked since: one that began a run, one that joined it, one that began anew."""

    def come(*identifiers: str) -> list[str]:
        send(house, [message(one, ids=["nothing-of-the-kind"]) for one in identifiers])
        bridged(house)
        served = serve(house)
        assert {known.code for known in served} <= {"not-found"}
        return [known.name.partition(".")[2] for known in served]

    assert come("m1", "m2") == [""]
    assert come("m1", "m2") == []
    assert come("m3") == ["2"]

    before = told(house)
    assert come("m1", "m2", "m3") == []
    assert told(house) == before


def test_a_message_with_the_id_of_another_request_is_set_aside(house: House) -> None:
    send(house, [message("m1"), message("m1", force=True)])

    assert bridged(house) == Bridged(standing=1, dead=1)
    assert told(house) == [("accepted", "m1"), ("rejected", "m1")]


def _all(consumer: Consumer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while not consumer.is_at_end():
        found += [json.loads(record.value) for record in consumer.take(0.5)]
    return found


def test_a_request_that_was_being_run_when_its_process_died_is_run_again(house: House) -> None:
    send(house, [message("m1")])
    bridged(house)
    dead = replace(house, ledger=replace(house.ledger, owner="gone@nowhere:1:1"))
    with dead.ledger.begin() as tx:
        [claimed] = requests.claim(tx)
        requests.begin(tx, claimed.name)
        requests.release(tx, claimed.name)

    assert [known.state for known in serve(house)] == [RequestState.COMPLETED]
    assert a_day() == claimed.window
