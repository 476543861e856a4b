"""The ledger as the rest of the house holds it: a database and a clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import Connection, Engine

from lake.clock import Clock, wall_clock
from lake.ledger.engine import migrate, open_engine
from lake.ledger.owner import this_process


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction, the moment it began, and who asks. The ledger's functions take it."""

    connection: Connection
    now: datetime
    owner: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known. Everything is read and written inside ``begin()``."""

    engine: Engine
    clock: Clock
    owner: str

    @classmethod
    def open(cls, url: str, clock: Clock = wall_clock, owner: str | None = None) -> Self:
        """Open the ledger at ``url`` and bring its schema up to date."""
        migrate(url)
        return cls(open_engine(url), clock, owner or this_process())

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """Commit everything done inside, or nothing of it."""
        with self.engine.begin() as connection:
            yield Transaction(connection, self.clock(), self.owner)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()
