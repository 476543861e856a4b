"""The place where a store is written: a directory, or a prefix of any fsspec file system."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import fsspec
import zarr
from zarr.abc.store import Store

from lake import multihash
from transforms.errors import TargetOccupied

LOCAL_PROTOCOLS = frozenset({"file", "local"})
READ_BYTES = 1 << 20


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

    def store(self) -> Store:
        """Return a Zarr store over the location."""
        system, path = self._resolved()
        if system.protocol in LOCAL_PROTOCOLS or set(system.protocol) & LOCAL_PROTOCOLS:
            return zarr.storage.LocalStore(path)
        return zarr.storage.FsspecStore.from_url(self.location, storage_options=dict(self.options))

    def seal(self) -> Sealed:
        """Return size and digest of all objects: sha2-256 over sorted "path sha2-256" lines."""
        system, path = self._resolved()
        lines, size = [], 0
        for name in sorted(system.find(path)):
            digest = hashlib.sha256()
            with system.open(name, "rb") as file:
                while piece := file.read(READ_BYTES):
                    digest.update(piece)
                    size += len(piece)
            lines.append(f"{name[len(path) :].lstrip('/')} {digest.hexdigest()}")
        return Sealed(multihash.of_parts(sorted(lines)), size)

    def _resolved(self) -> tuple[Any, str]:
        system, path = fsspec.core.url_to_fs(self.location, **self.options)
        return system, path.rstrip("/")
