"""Object storage: what rests. A reader meets whole objects and whole trees, or nothing.

A store is the root below which keys such as ``granules/ab/1220ab….grib`` live. Work is done in a
staging directory on the local disk and then put in place at once.
"""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import fsspec

from lake.errors import MissingObject

_STAGING = ".staging"


class Store(Protocol):
    """Keeps files and trees of files under keys."""

    def url(self, key: str) -> str:
        """Return where ``key`` is, as fsspec, Zarr and xarray take it."""
        ...

    def exists(self, key: str) -> bool:
        """Return True where a whole file or tree lies under ``key``."""
        ...

    def put(self, path: Path, key: str) -> None:
        """Put a local file or directory under ``key``, replacing what was there.

        A file is moved where that is possible; do not use ``path`` afterwards.
        """
        ...

    def local(self, key: str) -> AbstractContextManager[Path]:
        """Give the file under ``key`` as a local path while the ``with`` lasts.

        Raises:
            MissingObject: nothing lies there.
        """
        ...

    def staging(self) -> AbstractContextManager[Path]:
        """Give a fresh local directory that is removed when the ``with`` ends."""
        ...

    def remove(self, key: str) -> None:
        """Remove the file or tree under ``key``; nothing there is no error."""
        ...


@dataclass(frozen=True, slots=True)
class LocalStore:
    """A directory. Staging lies inside it, so that a rename puts things in place at once."""

    root: Path

    def url(self, key: str) -> str:
        """Return the path of ``key``."""
        return str(self.root / key)

    def exists(self, key: str) -> bool:
        """Return True where a whole file or tree lies under ``key``."""
        return (self.root / key).exists()

    def put(self, path: Path, key: str) -> None:
        """Rename ``path`` into place, durably; a tree that stood there is swapped out."""
        target = self.root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        _flush(path)
        if target.is_dir():
            with self.staging() as aside:
                target.rename(aside / "replaced")
                path.rename(target)
        else:
            path.replace(target)
        _flush_directory(target.parent)

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Give the file itself."""
        path = self.root / key
        if not path.exists():
            raise MissingObject(f"expected {path} in the lake, found nothing; run the census")
        yield path

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Give a fresh directory below ``.staging``; what dead processes left there goes."""
        parent = self.root / _STAGING
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent)
        with tempfile.TemporaryDirectory(dir=parent, prefix=_prefix(os.getpid())) as made:
            yield Path(made)

    def remove(self, key: str) -> None:
        """Remove the file or tree under ``key``."""
        path = self.root / key
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


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
        return f"{self.protocol}://{self.root}/{key}"

    def exists(self, key: str) -> bool:
        """Return True where something lies under ``key``."""
        return bool(self.filesystem.exists(f"{self.root}/{key}"))

    def put(self, path: Path, key: str) -> None:
        """Upload a file or a tree."""
        self.remove(key)
        self.filesystem.put(str(path), f"{self.root}/{key}", recursive=path.is_dir())

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Give a downloaded copy."""
        if not self.exists(key):
            raise MissingObject(f"expected {self.url(key)}, found nothing; run the census")
        with self.staging() as directory:
            copy = directory / Path(key).name
            self.filesystem.get(f"{self.root}/{key}", str(copy))
            yield copy

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Give a fresh directory on the local disk."""
        with tempfile.TemporaryDirectory(prefix="inlet-") as made:
            yield Path(made)

    def remove(self, key: str) -> None:
        """Remove the file or tree under ``key``."""
        if self.exists(key):
            self.filesystem.rm(f"{self.root}/{key}", recursive=True)


def open_store(url: str, **options: object) -> LocalStore | ObjectStore:
    """Return the store at ``url``: a directory, or any URL that fsspec knows."""
    if "://" not in url:
        return LocalStore(Path(url).absolute())
    filesystem, root = fsspec.core.url_to_fs(url, **options)
    return ObjectStore(root.rstrip("/"), filesystem, url.partition("://")[0])


def _prefix(pid: int) -> str:
    return f"{socket.gethostname()}.{pid}."


def _sweep(parent: Path) -> None:
    """Remove the directories of this machine's processes that are no more."""
    for left in parent.glob(f"{socket.gethostname()}.*.*"):
        pid = left.name.removeprefix(f"{socket.gethostname()}.").partition(".")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            shutil.rmtree(left, ignore_errors=True)


def _flush(path: Path) -> None:
    """Force a file or every file of a tree to the disk, so that a crash leaves none torn."""
    for file in (path,) if path.is_file() else path.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())


def _flush_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
