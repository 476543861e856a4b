"""A house in which three days of a collection were harvested, and a copy of it for each test."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inlet.harvest import harvest
from inlet.house import House, opened
from inlet.settings import Settings
from lake.nouns import Window
from sandbox.client import Sandbox

WINDOW = Window(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 4, tzinfo=UTC))


@pytest.fixture(scope="package")
def harvested(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Path:
    home = tmp_path_factory.mktemp("harvested")
    with opened(Settings(home=home, sandbox_url=sandbox.url)) as house:
        assert harvest(house, "sst", WINDOW).published == 3
    return home


@pytest.fixture
def house(tmp_path: Path, harvested: Path, sandbox: Sandbox) -> Iterator[House]:
    home = shutil.copytree(harvested, tmp_path / "home")
    with opened(Settings(home=home, sandbox_url=sandbox.url)) as copied:
        yield copied
    sandbox.reset()
