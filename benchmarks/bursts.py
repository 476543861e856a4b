"""Forty requests at once by each way to ask, each of them twice: each is run once and answered.

python -m benchmarks.bursts [--requests 40] [--only kafka]

The stack's own processes do all of it: Airflow behind its form and REST, the portal behind OGC
API Processes, the bridge behind Kafka. The second time of a request is what a client does that
did not hear the answer of the first.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import httpx

from benchmarks.with_airflow import airflow, await_open, stack, states, window
from catalog import cloudevents, events
from inlet.demand.executor import dag_of
from lake.broker import Consumer, Message, Producer, ensure_topic
from tests.stack_fixture import Services

TIMES = 2
PATIENCE_SECONDS = 3600
_LOOK_EVERY_SECONDS = 2.0
_GOOD = "completed"
_CALLED_GOOD = (_GOOD, "success", "successful")
_ENDS = (*_CALLED_GOOD, "failed", "rejected", "dismissed")
_REQUESTER, _PASSWORD = "burst", "asks-a-lot"

Ask = Callable[[int], None]
"""Asks for a granule by its number."""
Answers = Callable[[], Counter[str]]
"""Counts the requests that are answered to the end by now."""
Way = Callable[[Services, str], AbstractContextManager[tuple[Ask, Answers]]]


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a burst."""

    seconds_to_ask: float
    seconds: float
    runs: Counter[str]
    answers: Counter[str]

    def is_good(self, count: int) -> bool:
        """Return True where each request was run once, to a good end, and answered."""
        return self.runs == {"success": count} and self.answers == {_GOOD: count}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--only", choices=sorted(WAYS))
    wanted = parser.parse_args()
    os.environ["INLET_REQUESTERS"] = json.dumps({_REQUESTER: ["*"]})
    os.environ["INLET_HOOK_SECRET_REQUESTER_BURST"] = _PASSWORD
    ways = [wanted.only] if wanted.only else sorted(WAYS)
    with stack(ways, wanted.requests, "portal", "bridge", "relay") as services:
        came = {way: _burst(services, way, wanted.requests) for way in ways}
    for way, of in came.items():
        print(f"{way}: {wanted.requests} requests, {TIMES} times, in {of.seconds_to_ask:.0f} s")
        print(f"  runs {dict(of.runs)}, answers {dict(of.answers)}, {of.seconds:.0f} s")
    return 0 if all(of.is_good(wanted.requests) for of in came.values()) else 1


def _burst(services: Services, way: str, count: int) -> Came:
    await_open(services, dag_of(way))
    began = time.monotonic()
    with WAYS[way](services, way) as (ask, answers):
        for number in range(count):
            for _ in range(TIMES):
                ask(number)
        asked = time.monotonic() - began
        while time.monotonic() - began < PATIENCE_SECONDS:
            runs = states(services, dag_of(way))
            if answers().total() >= count and _ends(runs.elements()).total() == runs.total():
                break  # an answer is given shortly before its run is at its end
            time.sleep(_LOOK_EVERY_SECONDS)
        return Came(asked, time.monotonic() - began, runs, answers())


@contextmanager
def _by_form(services: Services, collection: str) -> Iterator[tuple[Ask, Answers]]:
    """Airflow's REST, which its form uses too; the run itself is the answer."""
    with airflow(services) as by:
        yield (
            lambda number: by.start(dag_of(collection), f"form-{number}", window(number)),
            lambda: _ends(states(services, dag_of(collection)).elements()),
        )


@contextmanager
def _by_process(services: Services, collection: str) -> Iterator[tuple[Ask, Answers]]:
    """OGC API Processes; its list of jobs tells of their ends."""
    root, known = f"{services.ground.url('portal')}/ogc", (_REQUESTER, _PASSWORD)
    with httpx.Client(base_url=root, auth=known, timeout=60) as client:

        def ask(number: int) -> None:
            inputs = {"collection": collection, **window(number)}
            answer = client.post("processes/harvest/execution", json={"inputs": inputs})
            answer.raise_for_status()

        def answers() -> Counter[str]:
            return _ends(job["status"] for job in client.get("jobs").json()["jobs"])

        yield ask, answers


@contextmanager
def _by_kafka(services: Services, collection: str) -> Iterator[tuple[Ask, Answers]]:
    """A topic of requests, and one of answers; a message sent again has the same id."""
    settings, servers = services.ground.settings, services.kafka
    for topic in (settings.kafka_requests, settings.kafka_replies):
        ensure_topic(servers, topic, 1, {})
    heard: dict[str, str] = {}
    with (
        Producer(servers, _REQUESTER) as producer,
        Consumer(servers, settings.kafka_replies, _REQUESTER) as consumer,
    ):

        def ask(number: int) -> None:
            envelope = {
                "specversion": "1.0",
                "id": str(number),
                "source": _REQUESTER,
                "type": events.REQUEST,
                "data": {"collection": collection, **window(number)},
            }
            value = json.dumps(envelope).encode()
            producer.send([Message(settings.kafka_requests, _REQUESTER.encode(), value)])

        def answers() -> Counter[str]:
            for record in consumer.take(1.0):
                answer = json.loads(cloudevents.read(record.value).signal.data)
                if answer["requester"] == _REQUESTER:  # the last of another way may come late
                    heard[answer["correlation"]] = answer["state"]
            return _ends(heard.values())

        yield ask, answers


def _ends(said: Iterable[str]) -> Counter[str]:
    """Count what has come to an end, by one name for a good one."""
    return Counter(_GOOD if state in _CALLED_GOOD else state for state in said if state in _ENDS)


WAYS: Mapping[str, Way] = {"by-form": _by_form, "by-kafka": _by_kafka, "by-process": _by_process}


if __name__ == "__main__":
    sys.exit(main())
