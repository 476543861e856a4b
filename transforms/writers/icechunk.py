"""The growing cube of a collection as an Icechunk repository, of which readers see commits only.

One writer at a time, as the caller's lease has it: Icechunk 1.1 rebases no resizes, and its local
storage is not safe for commits that meet.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import urlsplit

import fsspec
import icechunk
import zarr

from lake.ledger.growth import Copied
from transforms.errors import GrowthFailed
from transforms.writers.target import Target

BRANCH = "main"
_RECORD = "inlet:items"
_HELD = "item-"
"""The tags of snapshots that items name, and the history has no more."""

icechunk.set_logs_filter("error")  # it warns of its local storage each time one is opened


@dataclass(frozen=True, slots=True)
class Commit:
    """A snapshot of ``main``, and the items that came with it."""

    snapshot: str
    items: tuple[Copied, ...]


@dataclass(frozen=True, slots=True)
class Expired:
    """What was removed: snapshots, and bytes that nothing refers to any more."""

    snapshots: int
    size: int


class Writing:
    """A change of ``main`` that nobody sees before it is committed."""

    def __init__(self, session: icechunk.Session) -> None:
        self._session = session
        self.root: zarr.Group = zarr.open_group(session.store, mode="a", zarr_format=3)

    def commit(self, items: Sequence[Copied]) -> str:
        """Make the change visible at once, and return its snapshot.

        Raises:
            GrowthFailed: somebody else changed ``main`` meanwhile, or the storage failed.
        """
        names = ", ".join(sorted(item.key for item in items)) or "nothing"
        record = [[i.key, i.revision, i.digest, list(i.granules)] for i in items]
        with failing("commit to"):
            return self._session.commit(f"Copied {names}", metadata={_RECORD: record})


@dataclass(frozen=True, slots=True)
class Main:
    """The repository's branch ``main``."""

    repository: icechunk.Repository

    @classmethod
    def open(cls, target: Target) -> Self:
        """Open the repository at ``target``; an empty one is made where none is.

        Raises:
            GrowthFailed: the storage cannot be reached, or holds something else.
        """
        place = storage(target)
        with failing(f"open {target.location} as"):
            if icechunk.Repository.exists(place):
                return cls(icechunk.Repository.open(place))
            _clear_half_made(target)
            return cls(icechunk.Repository.create(place))

    def commits(self, down_to: str | None = None) -> Iterator[Commit]:
        """Give the commits, the newest first, as far as but without the snapshot ``down_to``.

        Raises:
            GrowthFailed: the storage cannot be read.
        """
        with failing("read the ancestry of"):
            for found in self.repository.ancestry(branch=BRANCH):
                if found.id == down_to:
                    return
                record = found.metadata.get(_RECORD, [])
                copied = (Copied(k, r, d, tuple(granules)) for k, r, d, granules in record)
                yield Commit(found.id, tuple(copied))

    def expire(self, named: Collection[str], before: datetime) -> Expired:
        """Remove what is older than ``before``, but for the newest snapshot and those ``named``.

        What writers left who died goes, too; so nobody may have been writing since ``before``.

        Raises:
            GrowthFailed: the storage cannot be read or written; it is done again.
        """
        with failing("remove snapshots of"):
            self._hold_on_to(named, before)
            self.repository.expire_snapshots(before)
            swept = self.repository.garbage_collect(before)
        return Expired(swept.snapshots_deleted, swept.bytes_deleted)

    def _hold_on_to(self, named: Collection[str], before: datetime) -> None:
        """Let a tag point to each snapshot that leaves the history and is to stay."""
        held = {tag for tag in self.repository.list_tags() if tag.startswith(_HELD)}
        leaving = {c.id for c in self.repository.ancestry(branch=BRANCH) if c.written_at < before}
        for snapshot in sorted(leaving.intersection(named)):
            if _HELD + snapshot not in held:
                self.repository.create_tag(_HELD + snapshot, snapshot_id=snapshot)
        for tag in sorted(held - {_HELD + snapshot for snapshot in named}):
            self.repository.delete_tag(tag)

    def writing(self) -> Writing:
        """Begin a change; it is dropped where it is not committed.

        Raises:
            GrowthFailed: the storage cannot be read.
        """
        with failing("write to"):
            return Writing(self.repository.writable_session(BRANCH))


def storage(target: Target) -> icechunk.Storage:
    """Return Icechunk's storage for a directory, or for a prefix of S3 as fsspec is told of it."""
    if "://" not in target.location:
        return icechunk.local_filesystem_storage(target.location)
    place = urlsplit(target.location)
    if place.scheme != "s3":
        raise GrowthFailed(
            f"expected a directory or s3://bucket/prefix, came {target.location}; "
            "`layout: cube` needs one of those"
        )
    known = {**target.options, **target.options.get("client_kwargs", {})}
    endpoint = known.get("endpoint_url") or _environment("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    key, secret = known.get("key"), known.get("secret")
    return icechunk.s3_storage(
        bucket=place.netloc,
        prefix=place.path.strip("/"),
        region=known.get("region_name")
        or _environment("AWS_REGION", "AWS_DEFAULT_REGION")
        or "us-east-1",
        endpoint_url=endpoint,
        allow_http=str(endpoint).startswith("http://"),
        force_path_style=endpoint is not None,
        access_key_id=key,
        secret_access_key=secret,
        from_env=None if key else True,
    )


def _environment(*names: str) -> str | None:
    """Return the first of these that the environment tells, in the order of boto3."""
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def _clear_half_made(target: Target) -> None:
    """Remove what a writer left who died while he made a repository: its first snapshot at most.

    Icechunk makes one only where nothing is.
    """
    system, path = fsspec.core.url_to_fs(target.location, **target.options)
    if not system.exists(path):
        return
    if sum("/snapshots/" in name for name in system.find(path)) > 1:
        raise GrowthFailed(
            f"expected a repository with a branch {BRANCH} at {target.location}, came snapshots "
            "and no branch; bring `refs` back from a copy, or move it all away to begin anew"
        )
    system.rm(path, recursive=True)


@contextmanager
def failing(what: str) -> Iterator[None]:
    """Raise Icechunk's errors as GrowthFailed, which says that ``what`` was not done."""
    try:
        yield
    except (icechunk.IcechunkError, icechunk.ConflictError) as error:
        said = str(error).strip().partition("\n")[0]
        raise GrowthFailed(
            f"expected to {what} the growing cube, came: {said}; it is tried again"
        ) from error
