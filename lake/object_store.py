"""A lake on object storage; what is on its way lies on the local disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from lake import objects
from lake.errors import MissingObject
from lake.partials import Partials
from lake.resting import Resting


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A bucket and prefix behind fsspec (``s3://bucket/prefix``); objects appear whole.

    A tree appears object by object: the item that names it is published after the last one.
    """

    root: str
    filesystem: Any
    protocol: str

    def url(self, key: str) -> str:
        """Return the URL of ``key``."""
        return f"{self.protocol}://{self._path(key)}"

    @property
    def options(self) -> dict[str, Any]:
        """Return what the file system was opened with."""
        return dict(self.filesystem.storage_options)

    @property
    def endpoint(self) -> str:
        """Return the URL of the S3 service; empty where it is Amazon's own."""
        options = self.filesystem.storage_options
        told = options.get("endpoint_url") or options.get("client_kwargs", {}).get("endpoint_url")
        named = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        return str(told or named or "")

    def exists(self, key: str) -> bool:
        """Return True where something lies under ``key``."""
        with objects.reached(self.root):
            return bool(self.filesystem.exists(self._path(key)))

    def put(self, path: Path, key: str) -> None:
        """Upload a file, which then appears at once, or a tree."""
        if path.is_dir():
            self.remove(key)
        with objects.reached(self.root):
            objects.upload(self.filesystem, path, self._path(key))

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Give a downloaded copy."""
        with self.staging() as directory:
            copy = directory / Path(key).name
            try:
                with objects.reached(self.root):
                    self.filesystem.get_file(self._path(key), str(copy))
            except FileNotFoundError as error:
                raise MissingObject(
                    f"expected {self.url(key)}, found nothing; run the census"
                ) from error
            yield copy

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Give a fresh directory on the local disk."""
        with tempfile.TemporaryDirectory(prefix="inlet-") as made:
            yield Path(made)

    def partials(self) -> Partials:
        """Return those in the user's cache; what is whole is uploaded from there."""
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return Partials(cache / "inlet" / "partial" / sha256(self.url("").encode()).hexdigest())

    def sweep(self, now: datetime) -> None:
        """Remove old partials, and abort the uploads in parts that a dead writer left."""
        self.partials().sweep(now)
        with objects.reached(self.root):
            objects.abort_uploads(self.filesystem, self.root, now - objects.LONGEST_UPLOAD)

    def remove(self, key: str) -> None:
        """Remove the file or tree under ``key``."""
        with objects.reached(self.root):
            if found := self.filesystem.find(self._path(key)):
                self.filesystem.rm(found)

    def look(self, key: str) -> Resting | None:
        """Return the sizes together, and the newest change."""
        with objects.reached(self.root):
            found = self.filesystem.find(self._path(key), detail=True).values()
        if not found:
            return None
        return Resting(sum(f["size"] for f in found), max(_modified(f) for f in found))

    def below(self, key: str) -> list[str]:
        """Return the names right below a prefix."""
        try:
            with objects.reached(self.root):
                found = self.filesystem.ls(self._path(key), detail=False)
        except FileNotFoundError:
            return []
        return sorted(name.rstrip("/").rpartition("/")[2] for name in found)

    def move(self, key: str, to: str) -> None:
        """Copy object by object, then remove."""
        with objects.reached(self.root):
            was_there = objects.move(self.filesystem, self._path(key), self._path(to))
        if not was_there:
            raise MissingObject(f"expected {self.url(key)}, found nothing to move")

    def _path(self, key: str) -> str:
        return f"{self.root}/{key}"


def _modified(info: dict[str, Any]) -> datetime:
    """Return when an object was written, by the name that its file system has for it."""
    names = ("LastModified", "mtime", "created")
    found = next(info[name] for name in names if name in info)
    return found if isinstance(found, datetime) else datetime.fromtimestamp(found, UTC)
