"""From what came to what rests: recognised, unpacked, found whole, and stored by its digest."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from urllib.parse import urlsplit

from harvesters import archives, sniff, wholeness
from harvesters.carriage.routes import shown
from harvesters.carrier import Carried
from harvesters.errors import BadBytes, DoubtfulBytes, NoRoom
from lake.multihash import SHA2_256
from lake.nouns import Granule, Offer
from lake.store import Store


def rest_all(store: Store, offer: Offer, carried: Sequence[Carried]) -> list[Granule]:
    """Store all data that came for an offer; return its granules.

    Raises:
        NotAProduct, UnsafeArchive: there is none, or none that can be trusted.
        DoubtfulBytes: so it seems, of bytes that no checksum proves.
        TornTransfer: a file ends before it says that it does.
        NoRoom: the disk or the lake would not take it.
    """
    granules: list[Granule] = []
    with _room(), store.staging() as staging:
        for number, arrival in enumerate(carried):
            with _of_proven_bytes(arrival):
                files = _data_files(arrival, staging / f"{number:04d}")
            granules += [_rest(store, offer, file, kind, arrival) for file, kind in files]
    return granules


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NoRoom(f"expected the lake to take what came, it would not: {error}") from error


@contextmanager
def _of_proven_bytes(arrival: Carried) -> Iterator[None]:
    """Let a verdict that is final pass only where a checksum proves what it is about."""
    try:
        yield
    except BadBytes as verdict:
        if arrival.is_proven:
            raise
        raise DoubtfulBytes(arrival.digest, verdict) from verdict


def _data_files(carried: Carried, unpacked: Path) -> list[tuple[Path, str]]:
    """Return the files of data that came, unpacked where they came packed."""
    files = [carried.path]
    if sniff.media_type(carried.path) in sniff.ARCHIVES:
        files = archives.unpack(carried.path, unpacked)
    declared, name = carried.remote.media_type, shown(carried.remote.url)
    recognised = [(file, sniff.require_data(file, declared, name)) for file in files]
    for file, media_type in recognised:
        wholeness.require_whole(file, media_type)
    return recognised


def _rest(store: Store, offer: Offer, file: Path, media_type: str, arrival: Carried) -> Granule:
    """Store one file under its digest; bytes that rest already are left as they are."""
    digest = arrival.digest if file == arrival.path else _digest(file)
    size = file.stat().st_size
    shard = digest[len(SHA2_256) : len(SHA2_256) + 2]
    suffix = sniff.SUFFIXES[media_type]
    key = f"granules/{offer.collection}/{shard}/{digest}{suffix}"
    if not store.exists(key):
        store.put(file, key)
    return Granule(
        digest=digest,
        size=size,
        media_type=media_type,
        location=key,
        part=offer.part,
        source=_without_secrets(arrival.remote.url),
    )


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return SHA2_256 + file_digest(opened, "sha256").hexdigest()


def _without_secrets(url: str) -> str:
    """Return a URL without user, query and fragment."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
