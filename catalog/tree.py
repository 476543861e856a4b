"""A directory of JSON files that readers look at while it is written."""

import fcntl
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][\w.+@=-]{0,127}", re.ASCII)
_LONGEST_MADE_NAME = 100
_STAGING = ".staging"


class Tree:
    """Replaces each file at once and only where it changes; remembers which belong to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.written = 0
        self._staging = root / _STAGING
        self._kept: set[Path] = set()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other writers of this tree out, so that what was read last is written last."""
        self._staging.mkdir(parents=True, exist_ok=True)
        with (self._staging / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def put(self, path: Path, text: str) -> None:
        """Have ``text`` in the file ``path``."""
        self._kept.add(path)
        content = text.encode()
        if path.exists() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._staging / uuid4().hex
        fresh.write_bytes(content)
        fresh.replace(path)
        self.written += 1

    def remove_others(self, candidates: Iterable[Path]) -> int:
        """Remove those that were not put this time, and folders left empty; return how many."""
        gone = [path for path in candidates if path not in self._kept]
        for path in gone:
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
        return len(gone)


def file_name(name: str) -> str:
    """Return ``name`` where it can name a file and stand in a link, else one made from it."""
    if _PLAIN_NAME.fullmatch(name):
        return name
    made = re.sub(r"[^\w.+@=-]", "_", name, flags=re.ASCII).strip("._")[:_LONGEST_MADE_NAME]
    return f"{made or 'item'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
