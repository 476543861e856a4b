"""The command as an operator types it, and what a kill amid it leaves behind."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from catalog import events
from inlet import quarantine
from inlet.cli.boundary import Exit
from inlet.house import opened
from inlet.settings import Settings
from sandbox.client import Sandbox
from tests.inlet import gated

KILLS = 4
WHO = ("--by", "Ada", "--reason", "known")


def inlet(at: Settings, *words: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "INLET_HOME": str(at.home),
        "INLET_PORTFOLIO": str(at.portfolio),
        "INLET_SANDBOX_URL": at.sandbox_url,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "inlet", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(at: Settings, *words: str) -> tuple[int, str]:
    process = inlet(at, *words)
    out, error = process.communicate()
    return process.returncode, out + error


def test_an_operator_lists_looks_releases_and_judges_again(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    at = gated.settings(tmp_path, sandbox)
    with opened(at) as house:
        row = str(gated.held_back(house).item.id)

    code, listed = said(at, "quarantine", "list", "--json")
    assert code == Exit.DONE
    assert [str(case["item"]["id"]) for case in json.loads(listed)] == [row]

    code, shown = said(at, "quarantine", "show", row)
    assert code == Exit.DONE
    assert "values stay in range" in shown
    assert ".datadocs.html" in shown

    assert said(at, "quarantine", "release", row, "--by", "Ada")[0] == Exit.WRONG_REQUEST
    code, retried = said(at, "quarantine", "retry", row)
    assert code == Exit.LEFT_OUT
    assert "quarantined" in retried

    code, released = said(at, "quarantine", "release", row, *WHO)
    assert code == Exit.DONE
    assert released.endswith("published\n")

    code, again = said(at, "quarantine", "discard", row, *WHO)
    assert code == Exit.IMPOSSIBLE
    assert again.startswith("inlet: item 1 (sst/")
    assert again.count("\n") == 1

    assert said(at, "judge", "sst", "--last", "5")[0] == Exit.LEFT_OUT
    assert said(at, "judge", "era5", "--last", "5")[0] == Exit.NOTHING_THERE
    code, nothing = said(at, "judge", "sst", "--last", "5", "--suite", "no.yaml")
    assert code == Exit.IMPOSSIBLE
    assert "no.yaml" in nothing


def test_a_release_killed_anywhere_is_published_once_with_its_waiver(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    at = gated.settings(tmp_path, sandbox)
    with opened(at) as house:
        row = gated.held_back(house).item.id
    moments = random.Random("release")

    for _ in range(KILLS):
        process = inlet(at, "quarantine", "release", str(row), *WHO)
        time.sleep(moments.uniform(0.5, 4.0))
        process.kill()
        process.communicate()
    said(at, "quarantine", "release", str(row), *WHO)
    window = ("--start", "2024-01-01", "--end", "2024-01-02")
    assert said(at, "harvest", "sst", *window)[0] == Exit.DONE

    with opened(at) as house:
        case = quarantine.case(house, row)
    assert case.item.state == "published"
    assert case.item.stac["properties"]["inlet:waiver"]["by"] == "Ada"
    assert len(case.decisions) == 1
    code, signals = said(at, "events", "tail", "--json")
    assert code == Exit.DONE
    told = [kept["signal"]["type"] for kept in json.loads(signals)]
    assert told.count(events.CREATED) == told.count(events.QUARANTINED) == 1
