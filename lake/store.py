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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import fsspec

from lake.errors import MissingObject
from lake.object_store import ObjectStore
from lake.partials import Partials
from lake.resting import Resting

_STAGING = ".staging"
_PARTIAL = ".partial"


class Store(Protocol):
    """Keeps files and trees of files under keys.

    Raises:
        OSError: it has no room, or cannot be reached.
    """

    def url(self, key: str) -> str:
        """Return where ``key`` is, as fsspec, Zarr and xarray take it."""
        ...

    @property
    def options(self) -> dict[str, Any]:
        """Return what fsspec has to be told to reach ``url``: endpoints, credentials."""
        ...

    @property
    def endpoint(self) -> str:
        """Return the URL of the service that keeps it; empty where none or Amazon's own does."""
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

    def partials(self) -> Partials:
        """Return the local directories in which transfers that broke off are kept."""
        ...

    def sweep(self, now: datetime) -> None:
        """Remove what writers began that surely nobody ends any more."""
        ...

    def remove(self, key: str) -> None:
        """Remove the file or tree under ``key``; nothing there is no error."""
        ...

    def look(self, key: str) -> Resting | None:
        """Return what the file or tree under ``key`` weighs; None where nothing is."""
        ...

    def below(self, key: str) -> list[str]:
        """Return the names right below ``key``, sorted; none where nothing is."""
        ...

    def move(self, key: str, to: str) -> None:
        """Move the file or tree under ``key``, to where nothing is yet.

        Raises:
            MissingObject: nothing lies there.
        """
        ...


@dataclass(frozen=True, slots=True)
class LocalStore:
    """A directory. Staging lies inside it, so that a rename puts things in place at once."""

    root: Path

    def url(self, key: str) -> str:
        """Return the path of ``key``."""
        return str(self.root / key)

    @property
    def options(self) -> dict[str, Any]:
        """Return nothing: a directory needs none."""
        return {}

    @property
    def endpoint(self) -> str:
        """Return nothing: no service keeps a directory."""
        return ""

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

    def partials(self) -> Partials:
        """Return those below ``.partial``, so that what is whole is renamed into place."""
        return Partials(self.root / _PARTIAL)

    def sweep(self, now: datetime) -> None:
        """Remove old partials; staging is swept whenever it is used."""
        self.partials().sweep(now)

    def remove(self, key: str) -> None:
        """Remove the file or tree under ``key``."""
        path = self.root / key
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def look(self, key: str) -> Resting | None:
        """Return the sizes together, and the newest change."""
        path = self.root / key
        if not path.exists():
            return None
        files = [f.stat() for f in ([path] if path.is_file() else path.rglob("*")) if f.is_file()]
        newest = max((file.st_mtime for file in files), default=path.stat().st_mtime)
        return Resting(sum(file.st_size for file in files), datetime.fromtimestamp(newest, UTC))

    def below(self, key: str) -> list[str]:
        """Return the names in a directory."""
        path = self.root / key
        return sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []

    def move(self, key: str, to: str) -> None:
        """Rename."""
        if not (self.root / key).exists():
            raise MissingObject(f"expected {self.root / key} in the lake, found nothing to move")
        target = self.root / to
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.root / key).rename(target)


def open_store(url: str, **options: object) -> LocalStore | ObjectStore:
    """Return the store at ``url``: a directory, or any URL that fsspec knows.

    Listings are never remembered: other processes write there, too.
    """
    if "://" not in url:
        return LocalStore(Path(url).absolute())
    filesystem, root = fsspec.core.url_to_fs(url, use_listings_cache=False, **options)
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
