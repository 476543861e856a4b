"""``inlet census`` as scripts meet it: what it prints, and how it exits."""

import json
import os
import subprocess
import sys

from inlet.house import House
from sandbox.client import Sandbox
from tests.inlet.census.breaking import a_chunk_of_a_cube_vanishes, an_entry_vanishes

WINDOW = ("--since", "2024-01-01", "--until", "2024-01-04")


def run(house: House, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = house.settings
    home = {"INLET_HOME": str(settings.home), "INLET_SANDBOX_URL": settings.sandbox_url}
    return subprocess.run(
        [sys.executable, "-m", "inlet", "census", "sst", *arguments],
        check=False,
        env=os.environ | home,
        capture_output=True,
        text=True,
    )


def test_all_is_well_is_said_and_is_nought(house: House) -> None:
    done = run(house, *WINDOW)

    assert done.returncode == 0, done.stderr
    assert "the provider lists 3" in done.stdout
    assert "Complete" in done.stdout


def test_a_gap_is_told_by_returncode_and_in_json(house: House, sandbox: Sandbox) -> None:
    with an_entry_vanishes(house, sandbox):
        done = run(house, *WINDOW, "--json")

    assert done.returncode == 3
    told = json.loads(done.stdout)
    assert told["counts"]["unlisted"] == 1
    assert told["census"]["gaps"][0]["kind"] == "unlisted"


def test_repair_mends_looks_again_and_is_nought(house: House, sandbox: Sandbox) -> None:
    with a_chunk_of_a_cube_vanishes(house, sandbox):
        done = run(house, *WINDOW, "--repair")

    assert done.returncode == 0, done.stderr
    assert "mended: 1 fetched or made again" in done.stdout
    assert run(house, *WINDOW).returncode == 0


def test_a_window_that_is_none_is_a_wrong_request(house: House) -> None:
    assert run(house, "--since", "yesterday").returncode == 2
