"""What every test may ask for: the sandbox's providers, real samples, an empty ledger."""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from s3fs import S3FileSystem
from sqlalchemy import create_engine, text

from inlet import pictures
from inlet.stack.plan import GROUND
from sandbox.client import Sandbox
from tests import postgres
from tests.airflow_fixture import airflow_running  # noqa: F401 - a fixture
from tests.s3 import S3, an_s3
from tests.stack_fixture import Services, running
from tests.without import summarise

_SAMPLES = Path(__file__).parents[2] / "shared" / "data"
_numbers = itertools.count()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which real services could not be had."""
    summarise(terminalreporter)


@pytest.fixture(scope="module", autouse=True)
def _fresh_environment() -> None:
    """What was made under one module's environment does not outlive it.

    fsspec remembers a file system by its options, of which the endpoint in the environment is
    none; the process that draws pictures keeps the environment in which it was started.
    """
    S3FileSystem.clear_instance_cache()
    pictures._close()


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


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL of our own, without a database's name."""
    programs = postgres.binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server on this machine: apt-get install postgresql-15")
    # a socket's path may not be long, so not below pytest's own directories
    with (
        tempfile.TemporaryDirectory(prefix="inlet-pg-") as directory,
        postgres.running(Path(directory), programs) as url,
    ):
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty ledger, once on SQLite and once on a real PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    server: str = request.getfixturevalue("postgresql")
    name = f"test_{next(_numbers)}"
    engine = create_engine(server.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.format(name=name)
