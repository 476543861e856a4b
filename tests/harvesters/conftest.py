"""A ledger, a store, a small HTTP server, and the real sandbox behind the real gateway."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harvesters.eodag import EodagGateway
from harvesters.provider import Provider
from lake.ledger.ledger import Ledger
from lake.store import LocalStore
from sandbox.client import Sandbox
from tests.harvesters.portfolio import environment, providers
from tests.harvesters.tiny_server import TinyServer, serving


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "lake")


@pytest.fixture
def server() -> Iterator[TinyServer]:
    with serving() as tiny:
        yield tiny


@pytest.fixture
def elsewhere() -> Iterator[TinyServer]:
    with serving() as tiny:
        yield tiny


@pytest.fixture(scope="session")
def shipped() -> dict[str, Provider]:
    return providers()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    state = tmp_path_factory.mktemp("sandbox")
    with Sandbox.start(state_dir=state) as running:
        yield running


@pytest.fixture(scope="session")
def gateway(sandbox: Sandbox, shipped: dict[str, Provider]) -> EodagGateway:
    return EodagGateway(shipped, environment(sandbox))
