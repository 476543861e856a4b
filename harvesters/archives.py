"""Opening archives that somebody else packed, without trusting a single name in them.

Members are written under names of our own choosing, in order, so that no name can climb out of
the folder; a name that tries makes the whole archive unsafe all the same.
"""

import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from harvesters import sniff
from harvesters.errors import NotAProduct, TornTransfer, UnsafeArchive

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may unpack to."""

    members: int = 10_000
    total_bytes: int = 64 * 2**30
    ratio: float = 200.0  # unpacked over packed; fields of zeros reach about 100


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def unpack(archive: Path, into: Path, limits: Limits = Limits()) -> list[Path]:
    """Unpack a zip, tar, tar.gz or gz into ``into``; return the members that are data.

    Raises:
        UnsafeArchive: a member climbs out, is a link, or the archive bursts its limits.
        TornTransfer: the archive ends too early.
        NotAProduct: there is no data in it.
    """
    into.mkdir(parents=True, exist_ok=True)
    budget = _Budget(limits, archive.stat().st_size)
    try:
        written = [
            _write(stream, into / f"{index:05d}", budget)
            for index, stream in enumerate(_members(archive))
        ]
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error) as error:
        raise TornTransfer(
            f"expected a whole archive, came one that cannot be read to its end: {error}"
        ) from error
    data = [path for path in written if sniff.media_type(path) in sniff.DATA]
    if not data:
        raise NotAProduct(
            f"expected GRIB or NetCDF in the archive, came {len(written)} members without any"
        )
    return data


def _members(archive: Path) -> Iterator[_Readable]:
    if zipfile.is_zipfile(archive) or sniff.media_type(archive) == sniff.ZIP:
        yield from _zip_members(archive)
    elif tarfile.is_tarfile(archive):
        yield from _tar_members(archive)
    else:
        with gzip.open(archive, "rb") as opened:
            yield opened


def _zip_members(archive: Path) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            _require_inside(member.filename)
            if stat.S_ISLNK(member.external_attr >> 16):
                raise _is_a_link(member.filename)
            if not member.is_dir():
                with opened.open(member) as stream:
                    yield stream


def _tar_members(archive: Path) -> Iterator[IO[bytes]]:
    with tarfile.open(archive) as opened:
        for member in opened:
            _require_inside(member.name)
            if not (member.isfile() or member.isdir()):
                raise _is_a_link(member.name)
            stream = opened.extractfile(member)
            if stream is not None:
                yield stream


def _require_inside(name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    has_drive = bool(path.parts) and path.parts[0].endswith(":")
    if path.is_absolute() or ".." in path.parts or has_drive:
        raise UnsafeArchive(
            f"expected members inside the archive, came {name!r}; do not trust this provider's "
            "archive"
        )


def _is_a_link(name: str) -> UnsafeArchive:
    return UnsafeArchive(
        f"expected files and folders, came the link or device {name!r}; do not trust this "
        "provider's archive"
    )


class _Budget:
    """Counts what is unpacked, and stops a bomb while it goes off."""

    def __init__(self, limits: Limits, packed_bytes: int) -> None:
        self._limits = limits
        self._packed_bytes = packed_bytes
        self._members = 0
        self._bytes = 0

    def begin_member(self) -> None:
        self._members += 1
        if self._members > self._limits.members:
            raise UnsafeArchive(f"expected at most {self._limits.members} members, came more")

    def spend(self, count: int) -> None:
        self._bytes += count
        allowed = min(self._limits.total_bytes, self._limits.ratio * self._packed_bytes + 2**20)
        if self._bytes > allowed:
            raise UnsafeArchive(
                f"expected an archive of {self._packed_bytes} bytes to unpack to at most "
                f"{allowed:.0f}, came more"
            )


def _write(stream: _Readable, path: Path, budget: _Budget) -> Path:
    budget.begin_member()
    with path.open("xb") as out:
        while chunk := stream.read(_CHUNK_BYTES):
            budget.spend(len(chunk))
            out.write(chunk)
    return path
