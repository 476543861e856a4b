"""Forty requests at once by each way to ask, against a stack that runs: each once, each answered.

set -a; . var/stack/env; set +a; python -m benchmarks.bursts [--requests 40] [--only kafka]

It needs the sandbox beside the stack (`inlet sandbox up`), and the DAG of ``sst`` unpaused.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from catalog import events
from harvesters.request import read
from inlet.demand import desk
from inlet.demand.airflow import Airflow
from inlet.demand.bridge import look_after
from inlet.demand.executor import ByAirflow, dag_of, start
from inlet.house import House, opened
from lake.broker import Message, Producer
from lake.ledger import requests
from lake.ledger.requests import RequestState

COLLECTION = "sst"
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
PATIENCE_SECONDS = 3600


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--only", choices=sorted(WAYS))
    wanted = parser.parse_args()
    ways = [wanted.only] if wanted.only else sorted(WAYS)
    with opened() as house, Airflow.at(house.settings) as airflow:
        return max(_burst(house, airflow, way, wanted.requests) for way in ways)


def _burst(house: House, airflow: Airflow, way: str, count: int) -> int:
    burst, began = uuid4().hex[:8], time.monotonic()
    for number in range(count):
        said = {"collection": COLLECTION, **_day(number), "occasion": f"{burst}-{number}"}
        WAYS[way](house, airflow, said)
        if way != "airflow":
            WAYS[way](house, airflow, said)  # the same request again is the same run
    while _of(house, burst, way)["open"] or sum(_of(house, burst, way).values()) < count:
        look_after(house, ByAirflow(airflow), airflow)
        if time.monotonic() - began > PATIENCE_SECONDS:
            break
        time.sleep(2)
    ends = _of(house, burst, way)
    print(f"{way:8} {count} requests, {time.monotonic() - began:.0f} s: {dict(ends)}")
    return 0 if ends == {RequestState.COMPLETED.value: count} else 1


def _of(house: House, burst: str, way: str) -> Counter[str]:
    with house.ledger.begin() as tx:
        found = requests.recent(tx, 10_000)
    mine = [known for known in found if _is_of(known.asked["occasion"], burst, way)]
    return Counter("open" if k.state in requests.OPEN else k.state.value for k in mine)


def _is_of(occasion: str, burst: str, way: str) -> bool:
    return occasion.startswith(f"form-{burst}" if way == "airflow" else burst)


def _day(number: int) -> dict[str, str]:
    start = BEGIN + timedelta(days=number)
    return {"start": start.isoformat(), "end": (start + timedelta(days=1)).isoformat()}


def _by_form(house: House, airflow: Airflow, said: Mapping[str, str]) -> None:
    window = {name: said[name] for name in ("start", "end")}
    airflow.start(dag_of(COLLECTION), f"form-{said['occasion']}", window)


def _by_process(house: House, airflow: Airflow, said: Mapping[str, str]) -> None:
    start(house, ByAirflow(airflow), desk.ask(house, read(dict(said), "burst"), "process"))


def _by_kafka(house: House, airflow: Airflow, said: Mapping[str, str]) -> None:
    envelope = {"specversion": "1.0", "id": uuid4().hex, "source": "burst", "type": events.REQUEST}
    value = json.dumps({**envelope, "data": dict(said)}).encode()
    with Producer(house.settings.kafka, "burst") as producer:
        producer.send([Message(house.settings.kafka_requests, b"burst", value)])


WAYS: Mapping[str, Callable[[House, Airflow, Mapping[str, str]], None]] = {
    "airflow": _by_form,
    "process": _by_process,
    "kafka": _by_kafka,
}


if __name__ == "__main__":
    sys.exit(main())
