"""Makers of what onboarding begins with: a house with an empty portfolio, and a wish."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from inlet.cli.app import app
from inlet.cli.boundary import answered
from inlet.house import House, opened
from inlet.onboarding.blueprint import Blueprint
from inlet.onboarding.findings import Outcome, Probe, Step
from inlet.onboarding.probe import Trial, probe
from inlet.onboarding.proposal import propose
from inlet.onboarding.wish import Wish
from inlet.settings import Settings
from lake.ledger.drafts import Draft
from sandbox.client import Sandbox

TICKS = "sandbox-ticks"
QUICK = Trial(patience_seconds=6.0)


@contextmanager
def a_house(home: Path, **settings: Any) -> Iterator[House]:
    """A house whose portfolio holds nothing yet."""
    (home / "portfolio").mkdir(parents=True, exist_ok=True)
    with opened(Settings(home=home, portfolio=home / "portfolio", **settings)) as house:
        yield house


def a_shell(
    home: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """What takes the words of a command, and answers with its code and all that it says."""
    (home / "portfolio").mkdir()
    patch.setenv("INLET_HOME", str(home))
    patch.setenv("INLET_PORTFOLIO", str(home / "portfolio"))

    def said(*words: str) -> tuple[int, str]:
        patch.setattr("sys.argv", ["inlet", *words])
        code = answered(app)
        told = capsys.readouterr()
        return code, told.out + told.err

    return said


def a_wish(url: str, *collections: str, **of: Any) -> Wish:
    """What somebody types at the shell of a machine that may reach itself."""
    return Wish(url, collections=collections or (TICKS,), allow_private=True, is_typed=True, **of)


def a_draft(house: House, sandbox: Sandbox, room: str = "stac", **of: Any) -> Draft:
    """The sandbox's ticks, by the URL of one of its rooms."""
    return propose(house, a_wish(f"{sandbox.url}/{room}", **of), "Ada")


def a_token(sandbox: Sandbox) -> str:
    """What opens the bytes of the room hda."""
    form = {"username": "ada", "password": sandbox.key}
    answer = httpx.post(f"{sandbox.url}/hda/auth/token", data=form, trust_env=False)
    return str(answer.json()["access_token"])


def probed(house: House, draft: Draft, trial: Trial = QUICK) -> Probe:
    return probe(house, Blueprint(draft.provider, draft.files), trial)


def step(probe: Probe, name: str) -> Step:
    """The step of a name; the first of that name."""
    return next(step for step in probe.steps if step.name == name)


def outcomes(probe: Probe) -> dict[str, Outcome]:
    return {step.name: step.outcome for step in probe.steps}
