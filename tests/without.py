"""What a test does where a real service cannot be had: it says so, and under CI it fails."""

import os
from typing import NoReturn

import pytest

_SAID = "cannot be had here: "


def do_without(why: str) -> NoReturn:
    """End the test; the summary says why, and CI goes red."""
    if os.environ.get("CI"):
        pytest.fail(_SAID + why)
    pytest.skip(_SAID + why)


def summarise(reporter: pytest.TerminalReporter) -> None:
    """Say which services could not be had, and how many tests went without them."""
    reports = [*reporter.getreports("skipped"), *reporter.getreports("error")]
    said = [_first_line(str(r.longrepr)) for r in reports if _SAID in str(r.longrepr)]
    if said:
        reporter.section("services that could not be had", sep="-", yellow=True)
        for why in sorted(set(said)):
            reporter.line(f"{said.count(why)} tests without: {why}")


def _first_line(shown: str) -> str:
    return shown.partition(_SAID)[2].partition("\n")[0].rstrip("')")
