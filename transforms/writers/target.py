"""The place where a store is written: a directory, or a prefix of any fsspec file system."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import fsspec

from lake import multihash
from transforms.errors import TargetOccupied

LOCAL_PROTOCOLS = frozenset({"file", "local"})
READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, order=True)
class StoredObject:
    """One object of a store: its key, the sha2-256 of its bytes (hex), and their number."""

    key: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a complete store weighs, and the digest over all its objects."""

    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Target:
    """A location and how to reach it; ``options`` go to fsspec (endpoints, credentials)."""

    location: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def clear(self) -> None:
        """Remove what an earlier, interrupted conversion left here.

        Raises:
            TargetOccupied: there is something, and it is no Zarr store.
        """
        system, path = self._resolved()
        if not system.exists(path):
            return
        found = system.find(path)
        if found and not any(name.endswith("/zarr.json") for name in found):
            raise TargetOccupied(
                f"expected nothing or an unfinished Zarr store at {self.location}, came"
                f" {len(found)} files that are none; choose another place or remove them"
            )
        system.rm(path, recursive=True)

    def put(self, key: str, pieces: Iterable[bytes]) -> StoredObject:
        """Write one object, piece by piece; each key is written by one task only."""
        digest, size = hashlib.sha256(), 0
        with self._writing(key) as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
                size += len(piece)
        return StoredObject(key, digest.hexdigest(), size)

    def seal(self) -> Sealed:
        """Read every object that lies here, and return their ``sealed``."""
        return sealed(self._objects())

    def _objects(self) -> Iterator[StoredObject]:
        system, path = self._resolved()
        for name in system.find(path):
            digest, size = hashlib.sha256(), 0
            with system.open(name, "rb") as file:
                while piece := file.read(READ_BYTES):
                    digest.update(piece)
                    size += len(piece)
            yield StoredObject(name[len(path) :].lstrip("/"), digest.hexdigest(), size)

    @contextmanager
    def _writing(self, key: str) -> Iterator[IO[bytes]]:
        system, path = self._resolved()
        protocols = {system.protocol} if isinstance(system.protocol, str) else {*system.protocol}
        if not protocols & LOCAL_PROTOCOLS:
            with system.open(f"{path}/{key}", "wb") as opened:
                yield opened
            return
        local = Path(path, key)
        local.parent.mkdir(parents=True, exist_ok=True)
        # Cut at the end, not at first: a worker that was given up and still writes, writes the
        # same bytes, so that whenever it dies the object that another completed stays whole
        descriptor = os.open(local, os.O_WRONLY | os.O_CREAT, 0o666)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            yield file
            file.truncate()

    def _resolved(self) -> tuple[Any, str]:
        system, path = fsspec.core.url_to_fs(self.location, **self.options)
        return system, path.rstrip("/")


def sealed(objects: Iterable[StoredObject]) -> Sealed:
    """Return size and digest of a store: sha2-256 over sorted "key sha2-256" lines."""
    found = list(objects)
    lines = sorted(f"{one.key} {one.digest}" for one in found)
    return Sealed(multihash.of_parts(lines), sum(one.size for one in found))
