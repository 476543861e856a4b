"""What a file is, by its own first bytes, whatever its name or its provider says."""

import codecs
import re
from pathlib import Path

from harvesters.errors import NotAProduct, PageInstead

GRIB = "application/wmo-GRIB2"
GRIB1 = "application/wmo-GRIB"
NETCDF = "application/netcdf"
ZIP = "application/zip"
GZIP = "application/gzip"
BZIP2 = "application/x-bzip2"
XZ = "application/x-xz"
TAR = "application/x-tar"
HTML = "text/html"
JSON = "application/json"
XML = "application/xml"
TEXT = "text/plain"
EMPTY = "application/x-empty"
UNKNOWN = "application/octet-stream"

PAGES = frozenset({HTML, JSON, XML, TEXT})
DATA = frozenset({GRIB, GRIB1, NETCDF})
COMPRESSED = frozenset({GZIP, BZIP2, XZ})
ARCHIVES = frozenset({ZIP, TAR}) | COMPRESSED
SUFFIXES = {GRIB: ".grib2", GRIB1: ".grib", NETCDF: ".nc"}

_HEAD_BYTES = 1024  # a WMO bulletin header may stand before the first GRIB message
_GRIB_EDITION_AT = 7
_TAR_HEADER_BYTES = 512
_TAR_CHECKSUM = slice(148, 156)
_SHOWN_BYTES = 60
_MAGIC = (
    (b"\x89HDF\r\n\x1a\n", NETCDF),
    (b"CDF\x01", NETCDF),
    (b"CDF\x02", NETCDF),
    (b"CDF\x05", NETCDF),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\x1f\x8b", GZIP),
    (b"BZh", BZIP2),
    (b"\xfd7zXZ\x00", XZ),
)


def media_type(path: Path) -> str:
    """Return the media type of the file at ``path``."""
    with path.open("rb") as opened:
        return media_type_of(opened.read(_HEAD_BYTES))


def media_type_of(head: bytes) -> str:
    """Return the media type of a file that begins with ``head`` (its first KiB)."""
    if not head:
        return EMPTY
    for magic, known in _MAGIC:
        if head.startswith(magic):
            return known
    if _is_tar(head):
        return TAR
    at = head.find(b"GRIB")
    if at >= 0 and head[at + _GRIB_EDITION_AT : at + _GRIB_EDITION_AT + 1] in {b"\x01", b"\x02"}:
        return GRIB if head[at + _GRIB_EDITION_AT] == 2 else GRIB1  # noqa: PLR2004 - the edition
    return _kind_of_text(head)


def require_data(path: Path, declared: str | None, name: str) -> str:
    """Return the media type of a file of data; ``name`` is what it is called where it is not.

    Raises:
        NotAProduct: something else came.
    """
    came = media_type(path)
    if came not in DATA:
        raise NotAProduct(_told(path, declared, came, name))
    return came


def refuse_pages(path: Path, declared: str | None, name: str) -> None:
    """Pass whatever may be data or an archive; ``name`` is what it is called where it is not.

    Raises:
        PageInstead: text for people or machines came, an error page or a status; or nothing.
    """
    came = media_type(path)
    if came in PAGES or came == EMPTY:
        raise PageInstead(_told(path, declared, came, name))


def _is_tar(head: bytes) -> bool:
    """Return True for a tar of any age: each header holds the sum of its own bytes in octal.

    The first member may be GRIB and so small that its magic lies within the head.
    """
    header = head[:_TAR_HEADER_BYTES]
    digits = header[_TAR_CHECKSUM].strip(b" \0")
    if len(header) < _TAR_HEADER_BYTES or not re.fullmatch(rb"[0-7]+", digits):
        return False
    blank = header[: _TAR_CHECKSUM.start] + b" " * 8 + header[_TAR_CHECKSUM.stop :]
    return int(digits, 8) == sum(blank)


def _told(path: Path, declared: str | None, came: str, name: str) -> str:
    with path.open("rb") as opened:
        begins = opened.read(_SHOWN_BYTES)
    wanted = declared or "GRIB or NetCDF"
    return (
        f"{name}: expected {wanted}, came {came} of {path.stat().st_size} bytes that begins "
        f"{begins!r}; look at what the provider serves there, then discover again"
    )


def _kind_of_text(head: bytes) -> str:
    if b"\x00" in head:
        return UNKNOWN
    try:
        # incremental: the head may end inside a character
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return UNKNOWN
    begin = text.lstrip("\ufeff \t\r\n").lower()
    if begin.startswith(("<!doctype html", "<html")):
        return HTML
    if begin.startswith(("{", "[")):
        return JSON
    return XML if begin.startswith("<") else TEXT
