"""Notices into harvests: from a POST or a Kafka record to a published item, and never lost."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import httpx
import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from harvesters.notices.inbox import take_in
from inlet.house import House, opened
from inlet.settings import Settings
from inlet.waking import wake
from lake.ledger import items, notices
from lake.ledger.ledger import Ledger
from sandbox.client import Sandbox
from tests.harvesters.notices.messages import SAMPLES, a_message
from tests.kafka_broker import a_broker
from tests.portal.knocking import a_portal, signed

HINT = (SAMPLES / "hint.json").read_bytes()  # of sst, 2024-01-01


def a_hint(day: int, collection: str = "sst", **more: object) -> str:
    """Return a hint of six hours of a day in January."""
    times = {"start": f"2024-01-{day:02}T06:00:00Z", "end": f"2024-01-{day:02}T12:00:00Z"}
    return json.dumps({"collection": collection, **times, **more})


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> Iterator[House]:
    with opened(Settings(home=tmp_path, sandbox_url=sandbox.url)) as opened_house:
        yield opened_house


def published(house: House) -> list[str]:
    with house.ledger.begin() as tx:
        return [item.key for item in items.published(tx)]


def states(house: House) -> dict[str, int]:
    with house.ledger.begin() as tx:
        return notices.counts(tx)


def run(sandbox: Sandbox, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"INLET_HOME": str(home), "INLET_SANDBOX_URL": sandbox.url}
    return subprocess.run(
        [sys.executable, "-m", "inlet", "notices", *arguments],
        check=False,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def test_a_post_wakes_a_harvest_that_publishes(
    tmp_path: Path, sandbox: Sandbox, house: House
) -> None:
    with a_portal(tmp_path) as url:
        answer = httpx.post(
            f"{url}/notices/webhook", content=HINT, headers=signed(HINT, "m"), trust_env=False
        )
    assert answer.status_code == 202
    assert states(house) == {"waiting": 1}

    done = run(sandbox, tmp_path, "run")

    assert done.returncode == 0, done.stderr
    assert "sandbox-sst-20240101" in published(house)
    assert states(house) == {"done": 1}


def test_a_kafka_record_wakes_a_harvest_that_publishes(
    tmp_path: Path, sandbox: Sandbox, house: House
) -> None:
    with a_broker() as servers:
        admin = KafkaAdminClient(bootstrap_servers=servers)
        admin.create_topics([NewTopic("news", num_partitions=1, replication_factor=1)])
        admin.close()
        producer = KafkaProducer(bootstrap_servers=servers)
        for value in (HINT, b"poison"):
            producer.send("news", value).get(30)
        producer.close()
        heard = run(sandbox, tmp_path, "listen", "--topic", "news", "--servers", servers, "--once")
    assert heard.returncode == 3, heard.stderr  # the poison is told of
    assert states(house) == {"rejected": 1, "waiting": 1}

    assert run(sandbox, tmp_path, "run").returncode == 0
    assert "sandbox-sst-20240101" in published(house)
    assert states(house) == {"done": 1, "rejected": 1}


def test_many_notices_make_few_harvests(house: House) -> None:
    for number in range(40):
        body = a_hint(1, id=f"a{number}") if number % 2 else a_hint(20, id=f"b{number}")
        take_in(house.ledger, a_message(body))

    woken = wake(house)

    assert (woken.done, woken.harvests, woken.published) == (40, 2, 2)
    assert published(house) == ["sandbox-sst-20240101", "sandbox-sst-20240120"]


def test_a_notice_that_concerns_nobody_is_ignored_with_the_reason(house: House) -> None:
    take_in(house.ledger, a_message(a_hint(1, "unknown")))
    take_in(house.ledger, a_message(a_hint(1, "sst", end="2031-01-01T00:00:00Z")))

    assert (wake(house).ignored, published(house)) == (2, [])
    with house.ledger.begin() as tx:
        said = [n.reason or "" for n in notices.recent(tx)]
    assert "by hand" in said[0]
    assert "no collection's `wakes`" in said[1]


def test_a_harvest_that_does_not_work_is_tried_again(house: House, sandbox: Sandbox) -> None:
    take_in(house.ledger, a_message(a_hint(1)))
    with sandbox.fault("unavailable", provider="stac"):
        assert wake(house).retrying >= 1
    assert states(house) == {"waiting": 1}


def test_a_runner_that_dies_between_claim_and_harvest_loses_nothing(
    house: House, tmp_path: Path
) -> None:
    take_in(house.ledger, a_message(a_hint(1)))
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(_claim_and_die, house.settings.ledger_url).result()
    assert states(house) == {"waiting": 1}

    assert wake(house).done == 1
    assert published(house) == ["sandbox-sst-20240101"]


def test_waking_again_finds_nothing_to_do(house: House) -> None:
    take_in(house.ledger, a_message(a_hint(1)))
    wake(house)

    assert wake(house).harvests == 0


def _claim_and_die(ledger_url: str) -> None:
    with Ledger.open(ledger_url).begin() as tx:
        assert notices.claim(tx, 10)
