"""Whether a file of data is whole by its own account.

A body that ends early without a Content-Length looks like any other: only the format can tell.
GRIB says the length of each message in its header, HDF5 the address of its own end.
"""

from pathlib import Path
from typing import BinaryIO

from harvesters import sniff
from harvesters.errors import TornTransfer

_GRIB_BEGIN, _GRIB_END = b"GRIB", b"7777"
_SEARCHED_BYTES = 4096  # padding or a bulletin header between two messages is shorter than this
_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_HDF5_END_OF_FILE_AT = {0: 40, 1: 44, 2: 28, 3: 28}  # by version of the superblock, 8-byte offsets
_HDF5_UNDEFINED = 2**64 - 1
_LARGE_GRIB1 = 0x800000  # ecCodes writes GRIB1 above 8 MiB with a scaled length: not followed here


def require_whole(path: Path, media_type: str) -> None:
    """Pass where the file says nothing of its length, or holds all that it says.

    Raises:
        TornTransfer: the file ends before it says that it does.
    """
    size = path.stat().st_size
    with path.open("rb") as opened:
        if media_type in {sniff.GRIB, sniff.GRIB1}:
            said = _grib_end(opened, size)
        else:
            said = _hdf5_end(opened)
    if said > size:
        raise TornTransfer(
            f"expected {said} bytes by the file's own account, came {size}; the transfer was cut "
            "short and will be tried again"
        )


def _grib_end(opened: BinaryIO, size: int) -> int:
    """Return where the last GRIB message that begins in the file ends."""
    end = 0
    while end < size:
        opened.seek(end)
        at = opened.read(_SEARCHED_BYTES).find(_GRIB_BEGIN)
        if at < 0:
            return end
        begin = end + at
        length = _grib_length(opened, begin)
        if length is None or length <= len(_GRIB_END):
            return size
        end = begin + length
    return end


def _grib_length(opened: BinaryIO, begin: int) -> int | None:
    """Return the length of the message at ``begin``; None where its header does not tell."""
    opened.seek(begin)
    header = opened.read(16)
    if len(header) < 16:  # noqa: PLR2004 - octets of section 0 (WMO Manual on Codes, FM 92)
        return len(header) + 16
    if header[7] == 2:  # noqa: PLR2004 - the edition
        return int.from_bytes(header[8:16], "big")
    length = int.from_bytes(header[4:7], "big")
    return None if length & _LARGE_GRIB1 else length


def _hdf5_end(opened: BinaryIO) -> int:
    head = opened.read(64)
    if not head.startswith(_HDF5_MAGIC) or len(head) < 64:  # noqa: PLR2004 - a whole superblock
        return 0
    at = _HDF5_END_OF_FILE_AT.get(head[8])
    offset_bytes = head[13] if head[8] < 2 else head[9]  # noqa: PLR2004 - superblock version
    if at is None or offset_bytes != 8:  # noqa: PLR2004 - the only width seen in the wild
        return 0
    end = int.from_bytes(head[at : at + 8], "little")
    return 0 if end == _HDF5_UNDEFINED else end
