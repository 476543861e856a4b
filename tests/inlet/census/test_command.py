"""``inlet census`` as scripts meet it: what it prints, and how it exits."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from inlet.census.gaps import Kind
from inlet.cli.app import app
from inlet.house import House
from sandbox.client import Sandbox
from tests.inlet.census.breaking import (
    CASES,
    Case,
    a_chunk_of_a_cube_vanishes,
    an_entry_vanishes,
    the_provider_is_away,
)

Census = Callable[..., tuple[int, dict[str, Any]]]
WINDOW = ("--since", "2024-01-01", "--until", "2024-01-04")

THOROUGH = ("census", "sst", *WINDOW, "--deep", "--grace", "0", "--json")
KINDS = (Kind.MISSING, Kind.STALE, Kind.TORN, Kind.ORPHANED, Kind.UNSIGNALLED, Kind.WITHDRAWN)
ONE_OF_EACH = [next(case for case in CASES if case.kind is kind) for kind in KINDS]


@pytest.fixture
def census(house: House, monkeypatch: pytest.MonkeyPatch) -> Census:
    """Take a thorough census by command; give its exit code and what it told."""
    monkeypatch.setenv("INLET_HOME", str(house.settings.home))
    monkeypatch.setenv("INLET_SANDBOX_URL", house.settings.sandbox_url)

    def take(*arguments: str) -> tuple[int, dict[str, Any]]:
        with capture_logs():  # which else stand between the lines of JSON
            done = CliRunner().invoke(app, [*THOROUGH, *arguments])
        return done.exit_code, json.loads(done.stdout)

    return take


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


@pytest.mark.parametrize("case", ONE_OF_EACH, ids=lambda case: case.kind)
def test_each_kind_is_counted_mended_and_gone_the_next_time(
    house: House, sandbox: Sandbox, census: Census, case: Case
) -> None:
    with case.breaks(house, sandbox):
        found_code, found = census()
        mended_code, mended = census("--repair")
        again_code, again = census()

    assert found["counts"][case.kind] >= 1
    assert (found_code, mended_code, again_code) == (3 if case.is_mended else 0, 0, 0)
    assert (mended["repaired"] is not None) == case.is_mended
    left = {kind for kind, count in again["counts"].items() if count}
    assert left == (set() if case.is_mended else {case.kind})


def test_while_the_provider_is_away_nothing_is_called_complete(
    house: House, sandbox: Sandbox, census: Census
) -> None:
    with the_provider_is_away(house, sandbox):
        code, told = census("--repair")

    assert (code, told["counts"]["uncounted"]) == (3, 1)


def test_a_window_that_is_none_is_a_wrong_request(house: House) -> None:
    assert run(house, "--since", "yesterday").returncode == 2
