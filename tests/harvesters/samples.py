"""Smallest files of each kind: headers that are true to their format, bodies that hold nothing."""

END = b"7777"


def grib2(body: bytes = b"", length: int | None = None) -> bytes:
    total = 16 + len(body) + len(END) if length is None else length
    return b"GRIB\x00\x00\x00\x02" + total.to_bytes(8, "big") + body + END


def grib1(body: bytes = b"x" * 12) -> bytes:
    total = 8 + len(body) + len(END)
    return b"GRIB" + total.to_bytes(3, "big") + b"\x01" + body + END


def hdf5(end: int, size: int) -> bytes:
    """A superblock of version 2 that says that the file ends at ``end``."""
    head = b"\x89HDF\r\n\x1a\n\x02\x08\x08\x00" + bytes(8) + bytes(8) + end.to_bytes(8, "little")
    return head.ljust(size, b"\x00")
