"""Products at rest: made on first request, then kept for the life of the process."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

Maker = Callable[[Path], None]
"""Writes one product to the path it is given."""

KEPT_OF_A_TORN_PRODUCT = 0.6


@dataclass(frozen=True, slots=True)
class AtRest:
    """A file and what is true of its bytes; digests in hex."""

    path: Path
    size: int
    sha256: str
    md5: str


@dataclass(slots=True)
class Shelf:
    """A directory of products by key. Different keys are made in parallel, one key only once."""

    directory: Path
    _rests: dict[str, AtRest] = field(default_factory=dict)
    _locks: dict[str, Lock] = field(default_factory=dict)
    _guard: Lock = field(default_factory=Lock)

    def get(self, key: str, source: Maker | Path, *, torn: bool = False) -> AtRest:
        """The product of that key, made if need be; ``torn`` gives its first part alone.

        A source that is a path is measured where it lies.
        """
        with self._guard:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            if key not in self._rests:
                self._rests[key] = self._make(key, source)
            if not torn:
                return self._rests[key]
            if f"{key} torn" not in self._rests:
                self._rests[f"{key} torn"] = self._tear(self._rests[key])
            return self._rests[f"{key} torn"]

    def _make(self, key: str, source: Maker | Path) -> AtRest:
        if isinstance(source, Path):
            return at_rest(source)
        path = self.directory / hashlib.sha256(key.encode()).hexdigest()[:24]
        source(path)
        return at_rest(path)

    def _tear(self, whole: AtRest) -> AtRest:
        path = self.directory / f"{whole.path.name}-torn-{whole.sha256[:8]}"
        with whole.path.open("rb") as source, path.open("wb") as target:
            target.write(source.read(int(whole.size * KEPT_OF_A_TORN_PRODUCT)))
        return at_rest(path)

    def clear(self) -> None:
        """Take the directory away."""
        shutil.rmtree(self.directory, ignore_errors=True)


def at_rest(path: Path) -> AtRest:
    """Measure a file."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as source:
        while block := source.read(1 << 20):
            sha256.update(block)
            md5.update(block)
    return AtRest(path, path.stat().st_size, sha256.hexdigest(), md5.hexdigest())
