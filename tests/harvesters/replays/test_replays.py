"""Replies in the shapes that real providers give, harvested by a provider's YAML alone."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from harvesters.errors import HarvestError
from inlet.cli.show import window
from inlet.harvest import bring
from inlet.house import House, opened
from inlet.settings import Settings
from lake.ledger import progress
from lake.ledger.schema import offer, offer_granule
from lake.multihash import SHA2_256
from tests.harvesters.replays.server import RECORDINGS, Replay, netcdf, playing


@pytest.fixture(params=RECORDINGS)
def replay(request: pytest.FixtureRequest) -> Iterator[Replay]:
    with playing(request.param) as played:
        yield played


@pytest.fixture
def house(tmp_path: Path, replay: Replay, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("REPLAY_KEY", "a-key")
    provider = {"id": "played", "title": "Played", "allow_private": True, **replay.provider}
    collection = {
        "id": "played",
        "sources": [{"provider": "played", **replay.source}],
        "stac": {"title": "Played", "description": "Played", "license": "other"},
    }
    for kind, written in (("providers", provider), ("collections", collection)):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "played.yaml").write_text(yaml.safe_dump(written))
    with opened(Settings(home=tmp_path / "home", portfolio=tmp_path)) as kept:
        assert not kept.portfolio.problems
        yield kept


def test_a_recorded_provider_is_harvested_whole_or_with_the_reason(
    house: House, replay: Replay
) -> None:
    expected = replay.expected
    try:
        found = bring(house, "played", window(*replay.window))
        came: dict[str, Any] = {"stated": found.stated, "found": found.unique}
        reason = found.reason
    except HarvestError as error:
        came, reason = {}, f"{type(error).__name__}: {error}"

    assert expected.get("reason", "") in (reason or "")
    assert bool(reason) == ("reason" in expected), reason
    assert came == {key: expected[key] for key in ("stated", "found") if key in expected}
    assert landed(house, replay.files) == expected["landed"], troubles(house)


def landed(house: House, names: list[str]) -> dict[str, list[str]]:
    """Return by the provider's id which of the named files has landed for each offer."""
    known = {SHA2_256 + sha256(netcdf(name)).hexdigest(): name for name in names}
    asked = select(offer.c.native_id, offer_granule.c.digest).join(offer_granule)
    came: dict[str, list[str]] = {}
    with house.ledger.begin() as tx:
        for native_id, digest in tx.connection.execute(asked):
            came.setdefault(native_id, []).append(known[digest])
    return {native_id: sorted(files) for native_id, files in came.items()}


def troubles(house: House) -> str:
    with house.ledger.begin() as tx:
        return json.dumps([t.reason for t in progress.troubles(tx, "played")], indent=1)
