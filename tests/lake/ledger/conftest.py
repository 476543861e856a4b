"""Everything about the ledger is tested on SQLite and on a real PostgreSQL."""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests import postgres

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
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
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    server: str = request.getfixturevalue("server")
    name = f"test_{next(_numbers)}"
    engine = create_engine(server.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.format(name=name)
