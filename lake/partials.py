"""Directories that survive a process, so that the next try goes on where the last one ended.

They lie on the local disk, outside all that a reader of the lake looks at. One process has one at
a time; those that nobody comes back to are swept away by age and by their size together.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

LONGEST_KEPT = timedelta(days=7)
MOST_BYTES = 256 * 2**30


@dataclass(frozen=True, slots=True)
class Partials:
    """A root below which each name has a directory."""

    root: Path

    @contextmanager
    def held(self, name: str) -> Iterator[Path]:
        """Give the directory of ``name``, with what an earlier holder left in it.

        Where another process holds it, a fresh one that is removed when the ``with`` ends.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        path = self.root / name
        lock = _lock(path)
        if lock is None:
            with tempfile.TemporaryDirectory(dir=self.root, prefix=f"{name}-too-") as fresh:
                yield Path(fresh)
            return
        try:
            yield path
        finally:
            os.close(lock)

    def sweep(
        self,
        now: datetime,
        longest_kept: timedelta = LONGEST_KEPT,
        most_bytes: int = MOST_BYTES,
    ) -> int:
        """Remove what is too old, then the oldest of what is too much; return how many went.

        What a process holds stays.
        """
        if not self.root.is_dir():
            return 0
        kept = sorted(map(_weighed, self.root.iterdir()), reverse=True)
        removed, held_bytes = 0, 0
        for touched_at, size, path in kept:
            held_bytes += size
            is_old = now.timestamp() - touched_at > longest_kept.total_seconds()
            if (is_old or held_bytes > most_bytes) and _removed(path):
                removed, held_bytes = removed + 1, held_bytes - size
        return removed


def empty(path: Path) -> None:
    """Remove a held directory: nothing in it is worth going on with."""
    shutil.rmtree(path, ignore_errors=True)


def _lock(path: Path) -> int | None:
    """Take the directory ``path`` for this process; None where another has it."""
    while True:
        path.mkdir(exist_ok=True)
        descriptor = None
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.stat(path).st_ino == os.fstat(descriptor).st_ino:  # noqa: PTH116 - beside fstat
                return descriptor
        except BlockingIOError:
            if descriptor is not None:
                os.close(descriptor)
            return None
        except FileNotFoundError:  # its last holder removed it between two of our lines
            pass
        if descriptor is not None:
            os.close(descriptor)


def _weighed(path: Path) -> tuple[float, int, Path]:
    """Return when a directory was last written to, its size in bytes, and itself."""
    touched_at, size = 0.0, 0
    for file in (path, *path.rglob("*")):
        try:
            state = file.lstat()
        except FileNotFoundError:
            continue
        touched_at = max(touched_at, state.st_mtime)
        size += state.st_size
    return touched_at, size, path


def _removed(path: Path) -> bool:
    lock = _lock(path) if path.is_dir() else None
    if lock is None:
        return False
    try:
        empty(path)
    finally:
        os.close(lock)
    return True
