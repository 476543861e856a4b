"""A provider as an operator types about it: in, a collection of it out, and in again."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from inlet.cli.boundary import Exit
from sandbox.client import Sandbox
from tests.inlet.onboarding.makers import TICKS, a_shell

Say = Callable[..., str]


@pytest.fixture
def said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    shell = a_shell(tmp_path, monkeypatch, capsys)

    def said(*words: str) -> str:
        code, told = shell(*words)
        assert code == Exit.DONE, told
        return told

    return said


def probed(told: str) -> list[str]:
    """The collections of which a sample came; the log stands before what the command says."""
    found, _ = json.JSONDecoder().raw_decode(told, told.index("{"))
    return [sample["collection"] for sample in found["probe"]["samples"]]


def test_a_collection_that_was_taken_out_is_brought_back_beside_its_live_provider(
    said: Say, tmp_path: Path, sandbox: Sandbox
) -> None:
    names = ("--collection", TICKS, "--collection", "sandbox-sst")
    said("onboard", f"{sandbox.url}/stac", *names, "--allow-private", "--yes")
    out = said("provider", "remove", "sandbox", "--collection", TICKS, "--reason", "too much")
    assert "inlet provider probe sandbox --draft 2" in out

    assert probed(said("provider", "probe", "sandbox", "--json")) == ["sandbox-sst"]
    assert probed(said("provider", "probe", "sandbox", "--draft", "2", "--json")) == [TICKS]
    said("provider", "approve", "sandbox", "--draft", "2", "--reason", "missed")
    said("provider", "live", "sandbox", "--draft", "2")
    assert (tmp_path / "portfolio" / "collections" / f"{TICKS}.yaml").exists()
