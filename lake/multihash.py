"""Digests as STAC's file extension writes them: multihash in hex (sha2-256 is ``1220…``)."""

import hashlib
from collections.abc import Iterable

SHA2_256 = "1220"


def of_bytes(data: bytes) -> str:
    """Return the sha2-256 multihash of ``data``."""
    return SHA2_256 + hashlib.sha256(data).hexdigest()


def of_parts(parts: Iterable[str]) -> str:
    """Return the sha2-256 multihash of text parts, each ended by a newline, in their order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\n")
    return SHA2_256 + digest.hexdigest()
