"""A house in which three days of a collection were harvested, and a copy of it for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inlet.house import House
from sandbox.client import Sandbox
from tests.inlet.three_days import a_copy, harvested_into


@pytest.fixture(scope="package")
def harvested(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Path:
    return harvested_into(tmp_path_factory.mktemp("harvested"), sandbox)


@pytest.fixture
def house(tmp_path: Path, harvested: Path, sandbox: Sandbox) -> Iterator[House]:
    with a_copy(harvested, tmp_path / "home", sandbox) as copied:
        yield copied
    sandbox.reset()
