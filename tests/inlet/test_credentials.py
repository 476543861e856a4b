"""Credentials are found by name: in the environment first, then where the settings say."""

from pathlib import Path

import pytest

from harvesters.provider import Provider
from inlet import credentials
from inlet.errors import NoSecrets
from inlet.settings import Settings

CDS = Provider(id="cds", title="CDS", extends="eodag:cop_cds", credentials={"apikey": "CDS_KEY"})


def kept(name: str) -> str | None:
    return {"CDS_KEY": "from the backend"}.get(name)


def at(tmp_path: Path, **settings: str) -> Settings:
    return Settings(home=tmp_path, **settings)


def test_a_backend_is_asked_for_what_the_environment_has_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backed = at(tmp_path, secrets=f"{__name__}:kept")

    assert credentials.environment(backed, [CDS])["CDS_KEY"] == "from the backend"
    monkeypatch.setenv("CDS_KEY", "from the environment")
    assert credentials.environment(backed, [CDS])["CDS_KEY"] == "from the environment"


def test_without_a_backend_the_environment_is_all_there_is(tmp_path: Path) -> None:
    assert "CDS_KEY" not in credentials.environment(at(tmp_path), [CDS])


def test_a_backend_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoSecrets, match="came 'nowhere:at_all'"):
        credentials.environment(at(tmp_path, secrets="nowhere:at_all"), [CDS])
