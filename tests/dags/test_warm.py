"""What tasks begin with: all that they need is imported, and nothing is open."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from sandbox.client import Sandbox
from tests.dags.test_harvest import HEAVY

LOOK = """
import gc, json, os, sys, threading
import dags.warm
from fsspec import asyn
from eodag import EODataAccessGateway
from inlet.house import House
from lake.ledger.ledger import Ledger
gc.unfreeze()
gc.collect()
links = [os.path.realpath(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if int(n) > 2]
found = {
    "threads": threading.active_count(),
    "kernel threads": len(os.listdir("/proc/self/task")),
    "sockets": sum("socket:" in link for link in links),
    "loops": [loop for loop in asyn.loop if loop is not None],
    "open": [str(thing) for thing in gc.get_objects()
             if isinstance(thing, (EODataAccessGateway, House, Ledger))],
}
before = set(sys.modules)
from datetime import datetime, UTC
from inlet.harvest import harvest
from inlet.house import opened
from lake.nouns import Window
with opened() as house:
    window = Window(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC))
    found["published"] = harvest(house, "sst", window).published
found["imported later"] = sorted(set(sys.modules) - before)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process holds that has imported ``dags.warm``, and what a harvest in it imports."""
    own = {
        "INLET_HOME": str(tmp_path_factory.mktemp("home")),
        "INLET_SANDBOX_URL": sandbox.url,
        "OPENBLAS_NUM_THREADS": "1",  # its threads know how to be forked; all others would show
    }
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        env=os.environ | own,
        stdout=subprocess.PIPE,
        check=True,
    )
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


def test_nothing_is_open_that_tasks_would_share(found: dict[str, Any]) -> None:
    assert found["threads"] == found["kernel threads"] == 1
    assert found["sockets"] == 0
    assert found["open"] == found["loops"] == []


def test_a_harvest_imports_nothing_heavy_any_more(found: dict[str, Any]) -> None:
    assert found["published"] == 1
    assert not {name.partition(".")[0] for name in found["imported later"]} & set(HEAVY)
    assert len(found["imported later"]) < 60, found["imported later"]
