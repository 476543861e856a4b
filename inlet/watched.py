"""The house for a process that lives long: its portfolio is read again when a file changes."""

from dataclasses import replace
from pathlib import Path
from threading import Lock

from inlet.house import House
from inlet.portfolio import load

_Signature = frozenset[tuple[str, int, int]]


class Watched:
    """Gives the house with the portfolio as its files are now."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._seen: _Signature | None = None
        self._lock = Lock()

    def __call__(self) -> House:
        """Return the house; 200 files that did not change cost two milliseconds."""
        root = self._house.settings.portfolio_root
        with self._lock:
            now = _signature(root)
            if now != self._seen:
                self._house = replace(self._house, portfolio=load(root))
                self._seen = now
            return self._house


def _signature(root: Path) -> _Signature:
    files = ((file, file.stat()) for file in root.glob("*/*.yaml"))
    return frozenset((str(file), stat.st_mtime_ns, stat.st_size) for file, stat in files)
