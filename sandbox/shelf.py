"""Products at rest: made on first request, then kept for the life of the process."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock

Maker = Callable[[Path], None]
"""Writes one product to the path it is given."""

Source = Maker | Path | bytes
"""How to make a product, where it lies, or the product itself, if it is small."""

KEPT_OF_A_TORN_PRODUCT = 0.6


@dataclass(frozen=True, slots=True)
class AtRest:
    """Bytes, in a file or in hand, and what is true of them; digests in hex."""

    content: Path | bytes
    size: int
    sha256: str
    md5: str

    @property
    def etag(self) -> str:
        """Names this content, without the quotes."""
        return self.sha256[:32]

    def read(self, start: int, stop: int) -> bytes:
        """The bytes ``[start, stop)``."""
        if isinstance(self.content, bytes):
            return self.content[start:stop]
        with self.content.open("rb") as source:
            source.seek(start)
            return source.read(stop - start)

    def torn(self) -> "AtRest":
        """Its first part alone, true to itself."""
        return _torn(self)

    def altered(self) -> "AtRest":
        """As long as this, with other bytes at both ends."""
        whole = bytearray(self.read(0, self.size))
        for at in {0, self.size - 1} if whole else ():
            whole[at] ^= 0xFF
        return in_hand(bytes(whole))


@dataclass(slots=True)
class Shelf:
    """A directory of products by key. Different keys are made in parallel, one key only once."""

    directory: Path
    _rests: dict[str, AtRest] = field(default_factory=dict)
    _locks: dict[str, Lock] = field(default_factory=dict)
    _guard: Lock = field(default_factory=Lock)

    def get(self, key: str, source: Source) -> AtRest:
        """The product of that key, made if need be.

        A path is measured where it lies, once; bytes are measured each time and not kept.
        """
        if isinstance(source, bytes):
            return in_hand(source)
        with self._guard:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            if key not in self._rests:
                self._rests[key] = self._make(key, source)
            return self._rests[key]

    def _make(self, key: str, source: Maker | Path) -> AtRest:
        if isinstance(source, Path):
            return at_rest(source)
        path = self.directory / hashlib.sha256(key.encode()).hexdigest()[:24]
        source(path)
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


def in_hand(content: bytes) -> AtRest:
    """Measure bytes."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return AtRest(content, len(content), hashlib.sha256(content).hexdigest(), md5)


@lru_cache(maxsize=64)
def _torn(whole: AtRest) -> AtRest:
    return in_hand(whole.read(0, int(whole.size * KEPT_OF_A_TORN_PRODUCT)))
