"""A set of texts that may be larger than memory: SQLite's own temporary file."""

import sqlite3
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self


class Spool:
    """Remembers texts while the ``with`` lasts."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")  # a file only where the cache is too small for it
        self._database.execute("CREATE TABLE seen (name TEXT PRIMARY KEY) WITHOUT ROWID")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def add(self, names: Iterable[str]) -> None:
        """Remember these."""
        rows = ((name,) for name in names)
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?)", rows)

    def unknown(self, names: Sequence[str]) -> set[str]:
        """Return those that were never added."""
        asked = "SELECT 1 FROM seen WHERE name = ?"
        return {n for n in names if self._database.execute(asked, (n,)).fetchone() is None}
