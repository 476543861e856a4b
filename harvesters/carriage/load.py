"""One remote's bytes on the local disk: what came so far, hashed, and held against promises."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from harvesters import sniff
from harvesters.carriage import checksums, partials
from harvesters.carriage.checksums import Checksum, Digests
from harvesters.carriage.replies import Reply
from harvesters.carriage.routes import shown
from harvesters.errors import (
    ConflictingPromises,
    NoRoom,
    TooLarge,
    TornTransfer,
    WrongChecksum,
)
from harvesters.gateway import Remote
from lake.multihash import SHA2_256

log = structlog.get_logger(__name__)

OVERLAP_BYTES = 4096
"""Asked for again where a transfer goes on, and compared: a wrong range is found by it."""
_REMEMBERED_BYTES = 1 << 18  # less is fetched again rather than remembered
_LARGE_BYTES = 1 << 24  # a disk that has no room for less says so itself
_READ_BYTES = 1 << 20


class StartAfresh(Exception):
    """What came does not go on where the file ends: the whole has to be asked for again."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A file that came whole; ``digest`` is its sha2-256 multihash in hex.

    ``is_proven``: a checksum that was promised holds, so these are surely the provider's bytes.
    """

    remote: Remote
    path: Path
    size: int
    digest: str
    is_proven: bool = False


class Load:
    """One file on its way. One of its methods is called at a time.

    ``go_on``, ``take`` and ``finish`` block for as long as hashing takes.

    Raises:
        TooLarge: more is promised than may come.
    """

    def __init__(self, remote: Remote, path: Path, max_bytes: int) -> None:
        self.size = 0
        self.was_resumed = False
        self._remote = remote
        self._name = shown(remote.url)
        self._path = path
        self._max_bytes = max_bytes
        self._is_remembered = False
        self._overlap = b""
        self._promised = _promised(remote)
        self._begun = partials.begin(remote)
        self._digests = Digests(self._promised)
        self._require_room(remote.size or 0)

    def go_on(self) -> None:
        """Take up what another try left, where it is a beginning of the same."""
        begun = partials.find(self._path, self._remote, is_provable=bool(self._promised))
        if begun is None:
            self.restart()
            return
        self._begun, self._is_remembered, self.was_resumed = begun, True, True
        with self._path.open("rb") as opened:
            while chunk := opened.read(_READ_BYTES):
                self._digests.update(chunk)
                self.size += len(chunk)

    def wanted_headers(self) -> dict[str, str]:
        """Return the headers that ask for what is missing; none ask for the whole."""
        if not self._can_go_on():
            return {}
        headers = {"Range": f"bytes={self._resume_at()}-"}
        if self._begun.validator:
            headers["If-Range"] = self._begun.validator
        return headers

    def begin(self, reply: Reply | None) -> None:
        """Make ready for the bytes of ``reply``.

        Raises:
            StartAfresh: they do not go on where the file ends, or are another file's by now.
            TooLarge: more would come than may.
            NoRoom: more would come than the disk has room for.
        """
        if reply is None:
            raise StartAfresh
        if not reply.is_part:
            if self.size and not self._is_same(reply):
                raise StartAfresh
            if self.size:
                self.restart()
            self._begun = replace(self._begun, validator=reply.validator, total=reply.total)
            self._digests = Digests((*reply.checksums, *self._promised))
        elif not self._goes_on(reply):
            raise StartAfresh
        else:
            self.was_resumed = True
            self._begun = replace(self._begun, total=reply.total or self._begun.total)
            with self._path.open("rb") as opened:
                opened.seek(reply.start)
                self._overlap = opened.read()
        self._require_room(self._begun.total or 0)
        more = (self._begun.total or 0) - self.size
        if more > _LARGE_BYTES:
            self._require_disk(more)

    def take(self, chunks: Sequence[bytes]) -> None:
        """Hash and write bytes as they come.

        Raises:
            StartAfresh: they repeat other bytes than those that came before.
            TooLarge: more came than may.
            NoRoom: the disk would not take them.
        """
        fresh = [self._beyond_overlap(chunk) for chunk in chunks] if self._overlap else chunks
        size = self.size + sum(map(len, fresh))
        self._require_room(size)
        try:
            with self._path.open("ab") as out:
                for chunk in fresh:
                    self._digests.update(chunk)
                    out.write(chunk)
        except OSError as error:
            raise NoRoom(
                f"{self._name}: expected the disk to take {size} bytes, came: {error}"
            ) from error
        self.size = size
        if not self._is_remembered and self.size >= _REMEMBERED_BYTES:
            self.remember()

    def remember(self) -> None:
        """Note beside the file what it begins, so that another process may go on."""
        self._begun.save(self._path)
        self._is_remembered = True

    def restart(self) -> None:
        """Drop all that came."""
        partials.forget(self._path)
        self.size, self._overlap, self._is_remembered = 0, b"", False
        self.was_resumed = False
        self._begun = partials.begin(self._remote)
        self._digests = Digests(self._promised)

    def finish(self, last: Sequence[bytes] = ()) -> Carried:
        """Take the last bytes, and hold the whole against all that was promised of it.

        Raises:
            TornTransfer: fewer bytes came than were promised.
            PageInstead: a page or a status came.
            ConflictingPromises: metadata and server promise different things.
            WrongChecksum: other bytes came.
        """
        self.take(last)
        self._require_all(self._begun.total)
        sniff.refuse_pages(self._path, self._remote.media_type, self._name)
        if self._begun.total is None:
            self._require_all(self._remote.size)
        held, failed = self._digests.split()
        self._require_one_story(held, failed)
        if failed:
            raise WrongChecksum(
                f"{self._name}: expected {failed[0].algorithm} {failed[0].digest}, came "
                f"{self._digests.came(failed[0])}; the provider's data and its metadata do not "
                "belong together, discover again"
            )
        digest = SHA2_256 + self._digests.sha256()
        return Carried(self._remote, self._path, self.size, digest, is_proven=bool(held))

    def _require_one_story(self, held: list[Checksum], failed: list[Checksum]) -> None:
        promised = self._remote.size
        is_other_size = promised is not None and promised != self.size
        if held and failed:
            raise self._conflict(
                f"the {held[0].algorithm} of {held[0].promised_by}, which holds",
                f"the {failed[0].algorithm} of {failed[0].promised_by}, which does not",
            )
        if is_other_size and not held:
            raise self._conflict(
                f"{promised} bytes by the metadata", f"{self.size} bytes by the server"
            )
        if is_other_size:
            log.warning(
                "A product has its promised checksum and another size",
                url=self._name,
                promised_bytes=promised,
                came_bytes=self.size,
            )

    def _conflict(self, one: str, other: str) -> ConflictingPromises:
        return ConflictingPromises(
            f"{self._name}: expected promises that agree, came {one}, and {other}; the "
            "provider's data and its metadata do not belong together, discover again"
        )

    def _require_all(self, promised: int | None) -> None:
        if promised is not None and self.size < promised:
            raise TornTransfer(f"{self._name}: expected {promised} bytes, came {self.size}")

    def _require_room(self, size: int) -> None:
        if size > self._max_bytes:
            raise TooLarge(
                f"{self._name}: expected at most {self._max_bytes} bytes, came more; raise the "
                "provider's `max_bytes` if that is right"
            )

    def _require_disk(self, more: int) -> None:
        free = shutil.disk_usage(self._path.parent).free
        if more > free:
            raise NoRoom(
                f"{self._name}: expected room for {more} bytes, the disk of "
                f"{self._path.parent} has {free}; make room, or wait for other transfers"
            )

    def _goes_on(self, reply: Reply) -> bool:
        is_where = self._can_go_on() and reply.start == self._resume_at()
        return self._is_same(reply) and is_where

    def _is_same(self, reply: Reply) -> bool:
        """Return False where the file is another by now than the one that was begun."""
        known = self._begun
        is_same = reply.validator in {None, known.validator} or known.validator is None
        return is_same and (reply.total in {None, known.total} or known.total is None)

    def _can_go_on(self) -> bool:
        is_provable = self._begun.validator is not None or bool(self._promised)
        return self.size > 0 and is_provable

    def _resume_at(self) -> int:
        return max(self.size - OVERLAP_BYTES, 0)

    def _beyond_overlap(self, chunk: bytes) -> bytes:
        if not self._overlap:
            return chunk
        known = self._overlap[: len(chunk)]
        if not chunk.startswith(known):
            raise StartAfresh
        self._overlap = self._overlap[len(known) :]
        return chunk[len(known) :]


def _promised(remote: Remote) -> tuple[Checksum, ...]:
    if not remote.checksum:
        return ()
    checksum = checksums.parse(remote.checksum)
    if checksum is None:
        log.warning(
            "A promised checksum cannot be verified",
            url=shown(remote.url),
            checksum=remote.checksum,
        )
        return ()
    return (checksum,)
