"""What every test may ask for: the sandbox's providers, and real samples where they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inlet.stack.plan import GROUND
from sandbox.client import Sandbox
from tests.s3 import S3, an_s3
from tests.stack_fixture import Services, running
from tests.without import summarise

_SAMPLES = Path(__file__).parents[2] / "shared" / "data"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which real services could not be had."""
    summarise(terminalreporter)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Providers on loopback, in a process of their own."""
    with Sandbox.start(
        state_dir=tmp_path_factory.mktemp("sandbox"), arguments=("--order-delay", "0.1")
    ) as playing:
        yield playing


@pytest.fixture(scope="session")
def stack() -> Iterator[Services]:
    """PostgreSQL with pgstac and the ledger, Kafka and S3, all real."""
    with running(*GROUND) as services:
        yield services


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A real S3 server on loopback."""
    with an_s3() as server:
        yield server


@pytest.fixture(scope="session")
def samples() -> Path:
    """The directory of real GRIB and NetCDF beside the checkout."""
    if not _SAMPLES.is_dir():
        pytest.skip(f"no real samples at {_SAMPLES}")
    return _SAMPLES
