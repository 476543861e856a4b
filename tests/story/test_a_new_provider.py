"""A provider that nobody here knew, from its URL alone to a published item, by command."""

import json
import time
from pathlib import Path

import pytest

from inlet.cli.boundary import Exit
from sandbox.client import Sandbox
from tests.inlet.onboarding.makers import TICKS, a_shell, a_token

TEN_MINUTES = 600.0


def test_a_url_becomes_a_published_item_in_minutes_and_without_code(
    tmp_path: Path,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = a_shell(tmp_path, monkeypatch, capsys)
    began = time.monotonic()
    monkeypatch.setenv("PROVIDER_HDA_TOKEN", a_token(sandbox))
    who = ("--name", "hda", "--collection", TICKS, "--allow-private", "--yes", "--by", "Ada")
    where = f"{sandbox.url}/hda/stac/v2"

    code, refused = said("onboard", where, *who)
    assert code == Exit.IMPOSSIBLE
    assert "401" in refused
    assert "--credential apikey=NAME" in refused
    assert not list((tmp_path / "portfolio").rglob("*.yaml"))

    report = tmp_path / "report.html"
    key = ("--credential", "PROVIDER_HDA_TOKEN", "--html", str(report))
    code, onboarded = said("onboard", where, *who, *key)
    assert code == Exit.DONE, onboarded
    assert "Nothing is in the way" in onboarded
    assert "data:image/png;base64," in report.read_text()

    assert said("portfolio", "check")[0] == Exit.DONE
    window = ("--start", "2024-02-01", "--end", "2024-02-02")
    code, harvested = said("harvest", TICKS, *window)
    assert code == Exit.DONE, harvested
    assert "4 published, 0 left out" in harvested

    code, listed = said("provider", "list", "--json")
    assert [row[0] for row in json.loads(listed)["live"]] == ["hda"]
    assert [d["state"] for d in json.loads(listed)["drafts"]] == ["live", "rejected"]
    assert time.monotonic() - began < TEN_MINUTES
