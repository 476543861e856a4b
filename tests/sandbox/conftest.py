from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.client import Sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    directory: Path = tmp_path_factory.mktemp("sandbox")
    with Sandbox.start(state_dir=directory, arguments=("--order-delay", "0.1")) as running:
        yield running
        assert running.log is not None
        assert "Traceback" not in running.log.read_text()


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, timeout=30, trust_env=False) as client:
        yield client
