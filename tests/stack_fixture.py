"""The real services for tests: started by the project's own stack, below a fresh directory.

Ask for the fixture ``stack``: PostgreSQL with pgstac and the ledger, Kafka, S3. They start once a
session; what a test makes in them is its own.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import fsspec
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from inlet.errors import MachineLacks, StackSilent
from inlet.settings import Settings
from inlet.stack import plan
from inlet.stack.ground import Ground
from inlet.stack.stack import Stack
from tests.without import do_without


@dataclass(frozen=True, slots=True)
class Services:
    """Services that run: where they are, how each is stopped and asked."""

    ground: Ground
    stack: Stack

    @property
    def kafka(self) -> str:
        """``host:port`` of the broker."""
        return self.ground.kafka

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process use these services, keys and all."""
        return self.ground.environment()

    @contextmanager
    def database(self) -> Iterator[URL]:
        """Give a database of its own, pgstac and ledger in it and empty, while it lasts."""
        name = f"test_{uuid4().hex}"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {self.ground.postgres.database}")
        yield self.ground.postgres.set(database=name)
        self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def bucket(self) -> str:
        """Make a bucket of its own; return its URL."""
        name = f"lake-{uuid4().hex}"
        self.storage().mkdir(name)
        return f"s3://{name}"

    def storage(self) -> fsspec.AbstractFileSystem:
        """Return the object storage, entered with its keys."""
        secrets = self.ground.secrets
        return fsspec.filesystem(
            "s3",
            key=secrets["s3_access_key"],
            secret=secrets["s3_secret_key"],
            endpoint_url=self.ground.s3,
        )

    def _administer(self, statement: str) -> None:
        server = self.ground.postgres.set(database="postgres")
        engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))


def settings(directory: Path, **more: object) -> Settings:
    """Return settings by which nothing of the machine's own environment is used."""
    own = {"stack": directory, "ledger": "", "lake": "", "kafka": "", "stac": "", "airflow": ""}
    return Settings.model_validate(own | more)


@contextmanager
def running(*names: str, **more: object) -> Iterator[Services]:
    """Give services, of which only those of ``names`` run, while the ``with`` lasts."""
    directory = Path(tempfile.mkdtemp(prefix="inlet-stack-"))  # where PostgreSQL's user may come
    wanted = settings(directory, **more)
    stack = plan.stack(wanted, names)
    try:
        _bring_up(stack)
        yield Services(Ground.laid(wanted), stack)
    finally:
        stack.down()
        shutil.rmtree(directory)


def _bring_up(stack: Stack) -> None:
    try:
        stack.up()
    except (MachineLacks, StackSilent, OSError) as error:
        do_without(str(error))
