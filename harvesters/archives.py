"""Opening archives that somebody else packed, without trusting a single name in them.

Members are written under names of our own choosing, in order, so that no name can climb out of
the folder; a name that tries makes the whole archive unsafe all the same. A compressed tar is
decompressed first: then its end can be looked at, where a tar that was cut short says so.
"""

import bz2
import gzip
import io
import lzma
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

import structlog

from harvesters import sniff
from harvesters.errors import NoRoom, NotAProduct, TornTransfer, UnsafeArchive

log = structlog.get_logger(__name__)

_CHUNK_BYTES = 1 << 20
_LARGEST_READ_BYTES = 8 << 20  # lists of names are read whole: a hundred thousand fit
_TAR_BLOCK_BYTES = 512
_ENCRYPTED = 0x1
_NAMED_AS_DATA = re.compile(r"\.(grib2?|grb2?|nc4?|h5)$", re.IGNORECASE)
_OPENERS = {sniff.GZIP: gzip.GzipFile, sniff.BZIP2: bz2.BZ2File, sniff.XZ: lzma.LZMAFile}
# Others of zipfile's decompressors unpack without any bound on memory.
_BOUNDED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_UNREADABLE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    lzma.LZMAError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    ValueError,
    NotImplementedError,  # zipfile's, of a version to come
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may unpack to, what is packed within counted again.

    ``nesting`` is how many archives may lie in one another; a compressed tar is one.
    """

    members: int = 10_000
    total_bytes: int = 64 * 2**30
    ratio: float = 200.0  # unpacked over packed; fields of zeros reach about 100
    nesting: int = 2


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def unpack(archive: Path, into: Path, limits: Limits = Limits()) -> list[Path]:
    """Unpack a zip, a tar, or what gzip, bzip2 or xz compressed; return the members that are data.

    Raises:
        UnsafeArchive: a member climbs out, is a link, has another's name, or a limit is burst.
        TornTransfer: the archive ends too early, or cannot be read.
        NotAProduct: there is no data in it, or something else under a name of data.
        NoRoom: the disk would not take it.
    """
    into.mkdir(parents=True, exist_ok=True)
    unpacking = _Unpacking(into, limits, archive.stat().st_size)
    unpacking.open(archive)
    if unpacking.left_out:
        log.info("Members without data were left out", names=unpacking.left_out[:10])
    if not unpacking.data:
        raise NotAProduct(
            f"expected GRIB or NetCDF in the archive, came {len(unpacking.left_out)} members "
            "without any"
        )
    return unpacking.data


class _Unpacking:
    """One archive on its way into one folder, with all that is packed within."""

    def __init__(self, into: Path, limits: Limits, packed_bytes: int) -> None:
        self.data: list[Path] = []
        self.left_out: list[str] = []
        self._into = into
        self._limits = limits
        self._packed_bytes = packed_bytes
        self._members = 0
        self._bytes = 0

    def open(self, archive: Path, depth: int = 1) -> None:
        kind = sniff.media_type(archive)
        if depth > self._limits.nesting:
            raise UnsafeArchive(
                f"expected at most {self._limits.nesting} archives in one another, came more"
            )
        if kind in sniff.COMPRESSED:
            self._decompress(archive, kind, depth)
        else:
            members = _zip_members if kind == sniff.ZIP else _tar_members
            for name, stream in members(archive):
                self._keep(name, self._write(stream), depth + 1)

    def _decompress(self, archive: Path, kind: str, depth: int) -> None:
        with _OPENERS[kind](archive, "rb") as stream:
            unpacked = self._write(stream)
        if sniff.media_type(unpacked) == sniff.TAR:
            self.open(unpacked, depth)
        else:
            self._keep(archive.name, unpacked, depth + 1)

    def _keep(self, name: str, path: Path, depth: int) -> None:
        kind = sniff.media_type(path)
        if kind in sniff.DATA:
            self.data.append(path)
        elif kind in sniff.ARCHIVES:
            self.open(path, depth)
        elif _NAMED_AS_DATA.search(name):
            raise NotAProduct(f"expected data in the member {name!r}, came {kind}")
        else:
            self.left_out.append(name)

    def _write(self, stream: _Readable) -> Path:
        self._members += 1
        if self._members > self._limits.members:
            raise UnsafeArchive(f"expected at most {self._limits.members} members, came more")
        path = self._into / f"{self._members:05d}"
        chunks = _chunks(stream)
        try:
            out = path.open("xb")
        except OSError as error:
            raise _no_room(error) from error
        with out:
            for chunk in chunks:
                self._spend(len(chunk))
                try:
                    out.write(chunk)
                except OSError as error:
                    raise _no_room(error) from error
        return path

    def _spend(self, count: int) -> None:
        """Count what is unpacked, and stop a bomb while it goes off."""
        self._bytes += count
        most = self._limits.ratio * self._packed_bytes + _CHUNK_BYTES
        allowed = min(self._limits.total_bytes, most)
        if self._bytes > allowed:
            raise UnsafeArchive(
                f"expected an archive of {self._packed_bytes} bytes to unpack to at most "
                f"{allowed:.0f}, came more"
            )


class _Sparing(io.BufferedReader):
    """A file of which nobody reads so much at once that it would fill the memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _LARGEST_READ_BYTES:
            raise UnsafeArchive(
                f"expected names of at most {_LARGEST_READ_BYTES} bytes together, came more"
            )
        return super().read(_LARGEST_READ_BYTES if size is None or size < 0 else size)


def _zip_members(archive: Path) -> Iterator[tuple[str, _Readable]]:
    names = _Names()
    with _Sparing(io.FileIO(archive)) as file, _readable_zip(file) as opened:
        for member in opened.infolist():
            names.require_good(member.filename.rstrip("/"))
            if stat.S_ISLNK(member.external_attr >> 16):
                raise _is_a_link(member.filename)
            if member.is_dir():
                continue
            if member.flag_bits & _ENCRYPTED or member.compress_type not in _BOUNDED:
                raise NotAProduct(
                    f"expected members stored or deflated, came {member.filename!r} encrypted "
                    "or compressed in another way"
                )
            try:
                stream = opened.open(member)
            except _UNREADABLE as error:
                raise _torn(error) from error
            with stream:
                yield member.filename, stream


def _readable_zip(file: _Sparing) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except _UNREADABLE as error:
        raise _torn(error) from error


def _tar_members(archive: Path) -> Iterator[tuple[str, _Readable]]:
    names, end = _Names(), 0
    with _Sparing(io.FileIO(archive)) as file:
        for opened, member in _tar_headers(file):
            names.require_good(member.name)
            if not (member.isfile() or member.isdir()) or member.issparse():
                raise _is_a_link(member.name)
            end = member.offset_data + -(-member.size // _TAR_BLOCK_BYTES) * _TAR_BLOCK_BYTES
            stream = opened.extractfile(member) if member.isfile() else None
            if stream is not None:
                yield member.name, stream
        file.seek(end)
        if file.read(_TAR_BLOCK_BYTES) != bytes(_TAR_BLOCK_BYTES):
            raise TornTransfer(
                "expected a whole archive, came a tar without its end; the transfer was cut short"
            )


def _tar_headers(file: _Sparing) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    try:
        with tarfile.open(fileobj=file, mode="r:") as opened:
            while (member := opened.next()) is not None:
                yield opened, member
    except _UNREADABLE as error:
        raise _torn(error) from error


class _Names:
    """The names of one archive, each of which has to lie inside and to be the only one."""

    def __init__(self) -> None:
        self._seen: set[PurePosixPath] = set()

    def require_good(self, name: str) -> None:
        path = PurePosixPath(name.replace("\\", "/"))
        has_drive = bool(path.parts) and path.parts[0].endswith(":")
        if path.is_absolute() or ".." in path.parts or has_drive:
            raise UnsafeArchive(
                f"expected members inside the archive, came {name!r}; do not trust this "
                "provider's archive"
            )
        if path in self._seen and path.parts:
            raise UnsafeArchive(
                f"expected each member once, came {name!r} twice; which one is meant cannot be "
                "told"
            )
        self._seen.add(path)


def _chunks(stream: _Readable) -> Iterator[bytes]:
    while True:
        try:
            chunk = stream.read(_CHUNK_BYTES)
        except _UNREADABLE as error:
            raise _torn(error) from error
        if not chunk:
            return
        yield chunk


def _is_a_link(name: str) -> UnsafeArchive:
    return UnsafeArchive(
        f"expected files and folders, came the link or device {name!r}; do not trust this "
        "provider's archive"
    )


def _torn(error: Exception) -> TornTransfer:
    return TornTransfer(
        f"expected a whole archive, came one that cannot be read to its end: {error}"
    )


def _no_room(error: OSError) -> NoRoom:
    return NoRoom(f"expected room for what an archive holds, came: {error}")
