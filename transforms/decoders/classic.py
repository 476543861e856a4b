"""How long a classic NetCDF file must be.

The NetCDF library reads zeros where such a file has been cut off, so its header is asked first.
Source: NetCDF classic format specification (CDF-1, CDF-2, CDF-5).
"""

import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path

from transforms.errors import UnreadableGranule

MAGICS = {b"CDF\x01": 1, b"CDF\x02": 2, b"CDF\x05": 5}
TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
ALIGNMENT_BYTES = 4
WIDE_COUNTS = 5
MOST_HEADER_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class StoredVariable:
    """Where a variable begins, and how many bytes it (or one record of it) takes."""

    begin: int
    size: int
    is_record: bool


class Header:
    """Reads the header of a classic file from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 4
        self._version = MAGICS[data[:4]]

    def least_size(self) -> int:
        """Return the offset at which the last value of the file ends."""
        records = self._count()
        lengths = [self._dimension() for _ in range(self._list_length())]
        self._skip_attributes()
        variables = [self._variable(lengths) for _ in range(self._list_length())]
        ends = [v.begin + v.size for v in variables if not v.is_record]
        recorded = [v for v in variables if v.is_record]
        is_streaming = records in {0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF}
        if recorded and records and not is_streaming:
            stride = sum(_padded(v.size) for v in recorded) if recorded[1:] else recorded[0].size
            ends += [v.begin + (records - 1) * stride + v.size for v in recorded]
        return max(ends, default=self._at)

    def _integer(self, width: int) -> int:
        piece = self._data[self._at : self._at + width]
        if len(piece) < width:
            raise struct.error("the header ends early")
        self._at += width
        return int.from_bytes(piece, "big")

    def _count(self) -> int:
        return self._integer(8 if self._version == WIDE_COUNTS else 4)

    def _list_length(self) -> int:
        self._integer(4)
        return self._count()

    def _skip(self, size: int) -> None:
        self._at += _padded(size)

    def _dimension(self) -> int:
        self._skip(self._count())
        return self._count()

    def _skip_attributes(self) -> None:
        for _ in range(self._list_length()):
            self._skip(self._count())
            kind = self._integer(4)
            self._skip(self._count() * TYPE_BYTES[kind])

    def _variable(self, lengths: list[int]) -> StoredVariable:
        self._skip(self._count())
        shape = [lengths[self._count()] for _ in range(self._count())]
        self._skip_attributes()
        kind = self._integer(4)
        self._count()
        begin = self._integer(4 if self._version == 1 else 8)
        is_record = bool(shape) and shape[0] == 0
        size = prod(shape[1:] if is_record else shape) * TYPE_BYTES[kind]
        return StoredVariable(begin, size, is_record)


def require_whole(path: Path, label: str) -> None:
    """Check that a classic NetCDF file is as long as its header says; other files pass.

    Raises:
        UnreadableGranule: the file is cut off, or its header makes no sense.
    """
    with path.open("rb") as file:
        head = file.read(MOST_HEADER_BYTES)
    if head[:4] not in MAGICS:
        return
    size = path.stat().st_size
    try:
        expected = Header(head).least_size()
    except (struct.error, KeyError, IndexError) as error:
        raise UnreadableGranule(
            f"expected a classic NetCDF header in {label}, came one that makes no sense"
            f" ({error!r}); fetch the granule again"
        ) from error
    if size < expected:
        raise UnreadableGranule(
            f"expected {expected} bytes of NetCDF in {label}, came {size}: the file is truncated;"
            " fetch the granule again"
        )


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
