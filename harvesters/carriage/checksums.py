"""Promised checksums, as metadata and servers write them.

STAC's ``file:checksum`` is a multihash in hex (https://multiformats.io/multihash); several
catalogues write bare digests there. Servers add ``Repr-Digest`` (RFC 9530), the older ``Digest``
(RFC 3230) or ``Content-MD5``. An ETag is none: nobody says what it is made of.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

# https://github.com/multiformats/multicodec/blob/master/table.csv
_CODES = {
    0x11: "sha1",
    0x12: "sha256",
    0x13: "sha512",
    0x14: "sha3_512",
    0x15: "sha3_384",
    0x16: "sha3_256",
    0x17: "sha3_224",
    0x18: "shake_128",
    0x19: "shake_256",
    0x20: "sha384",
    0xD4: "md4",
    0xD5: "md5",
    0x534D: "sm3",
    0x1013: "sha224",
    0x1014: "sha512_224",
    0x1015: "sha512_256",
    0x1053: "ripemd160",
}
_BLAKE2B, _BLAKE2S = range(0xB201, 0xB241), range(0xB241, 0xB261)  # the code tells the length
_BARE = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
_NAMED = re.compile(r"(md5|sha-?1|sha-?224|sha-?256|sha-?384|sha-?512)[:=]", re.IGNORECASE)
_FIELD = re.compile(r"([A-Za-z0-9-]+)=:?([A-Za-z0-9+/]+=*):?")
_FIELDS = {"md5": "md5", "sha": "sha1", "sha-256": "sha256", "sha-512": "sha512"}
_SHAKES = frozenset({"shake_128", "shake_256"})
_SHORTEST_BYTES = 16  # a digest cut shorter than MD5 proves too little


@dataclass(frozen=True, slots=True)
class Checksum:
    """A digest that somebody promised: ``algorithm`` as hashlib calls it, ``digest`` in hex."""

    algorithm: str
    digest: str
    promised_by: str


class _Hash(Protocol):
    @property
    def digest_size(self) -> int: ...

    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class Digests:
    """Hashes bytes once for each algorithm that is asked for, and always by sha2-256."""

    def __init__(self, promised: Sequence[Checksum]) -> None:
        self._promised = tuple(dict.fromkeys(promised))
        self._hashes: dict[str, _Hash] = {
            checksum.algorithm: _new(checksum) for checksum in self._promised
        }
        self._hashes.setdefault("sha256", hashlib.sha256())

    def update(self, data: bytes) -> None:
        """Take more bytes."""
        for each in self._hashes.values():
            each.update(data)

    def sha256(self) -> str:
        """Return the sha2-256 of the bytes so far, in hex."""
        return self._hashes["sha256"].hexdigest()

    def came(self, checksum: Checksum) -> str:
        """Return the digest of the bytes so far that ``checksum`` speaks of, in hex."""
        found = self._hashes[checksum.algorithm]
        if checksum.algorithm in _SHAKES:
            return str(found.hexdigest(len(checksum.digest) // 2))  # type: ignore[call-arg]
        return found.hexdigest()

    def split(self) -> tuple[list[Checksum], list[Checksum]]:
        """Return the promises that hold for the bytes so far, and those that do not."""
        held = [c for c in self._promised if self.came(c).startswith(c.digest)]
        return held, [c for c in self._promised if c not in held]


def parse(text: str) -> Checksum | None:
    """Return the checksum that metadata promise; None where it is none that can be verified."""
    named = _NAMED.match(text)
    if named:
        algorithm = named[1].lower().replace("-", "")
        return _known(algorithm, text[named.end() :].lower(), "the metadata")
    digits = text.strip().lower()
    if not re.fullmatch(r"(?:[0-9a-f]{2})+", digits):
        return None
    if len(digits) in _BARE:
        return _known(_BARE[len(digits)], digits, "the metadata")
    return _multihash(bytes.fromhex(digits))


def of_headers(headers: Mapping[str, str], is_part: bool) -> tuple[Checksum, ...]:
    """Return the checksums of the whole product that a server promises."""
    fields = [headers.get("Repr-Digest", ""), headers.get("Digest", "")]
    found = [
        _known(_FIELDS.get(name.lower(), ""), _hex(value), "the server")
        for text in fields
        for name, value in _FIELD.findall(text)
    ]
    if not is_part and "Content-MD5" in headers:
        found.append(_known("md5", _hex(headers["Content-MD5"]), "the server"))
    return tuple(checksum for checksum in found if checksum is not None)


def _multihash(raw: bytes) -> Checksum | None:
    code, rest = _varint(raw)
    length, digest = _varint(rest)
    if length != len(digest) or not digest:
        return None
    algorithm = _CODES.get(code, "")
    if code in _BLAKE2B:
        algorithm = f"blake2b-{code - _BLAKE2B.start + 1}"
    if code in _BLAKE2S:
        algorithm = f"blake2s-{code - _BLAKE2S.start + 1}"
    return _known(algorithm, digest.hex(), "the metadata")


def _varint(raw: bytes) -> tuple[int, bytes]:
    value = 0
    for index, byte in enumerate(raw[:9]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return value, raw[index + 1 :]
    return -1, b""


def _known(algorithm: str, digest: str, promised_by: str) -> Checksum | None:
    """Return the checksum where this Python can verify it, and it proves something."""
    if not algorithm or not re.fullmatch(r"[0-9a-f]+", digest):
        return None
    checksum = Checksum(algorithm, digest, promised_by)
    try:
        longest = _new(checksum).digest_size or len(digest) // 2
    except ValueError:  # OpenSSL may be built without the older ones
        return None
    return checksum if _SHORTEST_BYTES <= len(digest) // 2 <= longest else None


def _new(checksum: Checksum) -> _Hash:
    family, _, length = checksum.algorithm.partition("-")
    if family == "blake2b":
        return hashlib.blake2b(digest_size=int(length))
    if family == "blake2s":
        return hashlib.blake2s(digest_size=int(length))
    return hashlib.new(family, usedforsecurity=False)


def _hex(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).hex()
    except (binascii.Error, ValueError):
        return ""
