"""Killed at any moment and run again, a harvest comes to the same catalogue."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pystac
import pytest

from catalog.events import OF_ITEMS
from inlet.cli.boundary import Exit
from sandbox.client import Sandbox

WINDOW = ("--start", "2024-01-01", "--end", "2024-01-03")
KILLS = 3


@pytest.mark.parametrize("collection", ["era5", "sst"])
def test_a_harvest_killed_again_and_again_ends_like_an_undisturbed_one(
    tmp_path: Path, sandbox: Sandbox, collection: str
) -> None:
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    began = time.monotonic()
    assert _harvest(undisturbed, sandbox, collection).wait() == Exit.DONE
    lasted_seconds = time.monotonic() - began
    moments = random.Random(collection)

    for _ in range(KILLS):
        process = _harvest(killed, sandbox, collection)
        time.sleep(moments.uniform(0.2, 0.9) * lasted_seconds)
        process.kill()
        process.wait()
    assert _harvest(killed, sandbox, collection).wait() == Exit.DONE

    assert _catalogue(killed) == _catalogue(undisturbed)
    assert _signals(killed) == _signals(undisturbed)
    assert list((killed / "lake" / ".staging").iterdir()) == []


def _harvest(home: Path, sandbox: Sandbox, collection: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"INLET_HOME": str(home), "INLET_SANDBOX_URL": sandbox.url}
    return subprocess.Popen(
        [sys.executable, "-m", "inlet", "harvest", collection, *WINDOW],
        env=environment,
        stdout=subprocess.DEVNULL,
    )


def _catalogue(home: Path) -> dict[str, tuple[str, str, int]]:
    """Return each item's revision, its cube's digest, and how many objects lie there."""
    catalogue = pystac.Catalog.from_file(str(home / "catalog" / "catalog.json"))
    found = {}
    for item in catalogue.get_items(recursive=True):
        cube = item.assets["cube"]
        objects = sum(1 for path in Path(cube.get_absolute_href() or "").rglob("*"))
        digest = cube.extra_fields["file:checksum"]
        found[item.id] = (item.properties["version"], digest, objects)
    return found


def _signals(home: Path) -> set[tuple[str, str]]:
    environment = os.environ | {"INLET_HOME": str(home)}
    told = subprocess.run(
        [sys.executable, "-m", "inlet", "events", "tail", "--json"],
        env=environment,
        check=True,
        capture_output=True,
    )
    signals = [kept["signal"] for kept in json.loads(told.stdout)]
    return {(s["id"], s["subject"]) for s in signals if s["type"] in OF_ITEMS}
