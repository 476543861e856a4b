"""Adaptive entropy coding (CCSDS 121.0-B): the only door to the library that ecCodes brings.

ecCodes decodes CCSDS payloads by the same library, but copies and scales them on the way. What is
asked for here is what ecCodes asks for, so the numbers are the same.
"""

import ctypes
import sys
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIGNED, THREE_BYTES, MOST_SIGNIFICANT_FIRST = 1, 2, 4
"""Flags of libaec: values below zero, 24-bit samples in three bytes, the order of bytes."""
PACKAGES = ("eccodes", "eccodeslib")
"""Wheels that carry the library, in the folder that auditwheel puts beside a package."""
MOST_BITS = 32

Numbers = NDArray[np.unsignedinteger[Any]]


class _Stream(ctypes.Structure):
    """``struct aec_stream`` of libaec.h."""

    _fields_ = (
        ("next_in", ctypes.c_void_p),
        ("avail_in", ctypes.c_size_t),
        ("total_in", ctypes.c_size_t),
        ("next_out", ctypes.c_void_p),
        ("avail_out", ctypes.c_size_t),
        ("total_out", ctypes.c_size_t),
        ("bits_per_sample", ctypes.c_uint),
        ("block_size", ctypes.c_uint),
        ("rsi", ctypes.c_uint),
        ("flags", ctypes.c_uint),
        ("state", ctypes.c_void_p),
    )


def sample_type(bits: int) -> np.dtype[Any]:
    """Return the type in which samples of so many bits (1 to 32) come."""
    return np.dtype("u1" if bits <= 8 else "u2" if bits <= 16 else "u4")  # noqa: PLR2004 - bits


def decode(
    payload: bytes | memoryview,
    count: int,
    bits: int,
    block_size: int,
    interval: int,
    flags: int,
) -> Numbers | None:
    """Return ``count`` whole numbers; None where they are better left to ecCodes.

    That is where there is no such library here, numbers are signed or too wide, or the payload
    does not hold as many of them.
    """
    library = _library()
    is_plain = not flags & SIGNED and 1 <= bits <= MOST_BITS
    if library is None or not is_plain or not count or not payload:
        return None
    numbers = np.empty(count, sample_type(bits))
    is_big = sys.byteorder == "big"
    stream = _Stream(
        next_in=np.frombuffer(payload, np.uint8).ctypes.data,
        avail_in=len(payload),
        next_out=numbers.ctypes.data,
        avail_out=numbers.nbytes,
        bits_per_sample=bits,
        block_size=block_size,
        rsi=interval,
        flags=flags & ~THREE_BYTES & ~MOST_SIGNIFICANT_FIRST | is_big * MOST_SIGNIFICANT_FIRST,
    )
    status = library.aec_buffer_decode(ctypes.byref(stream))
    return None if status or stream.total_out != numbers.nbytes else numbers


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL | None:
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        beside = Path(spec.origin).parent.parent / f"{package}.libs"
        for path in sorted(beside.glob("libaec-*.so*")):
            return ctypes.CDLL(str(path))
    return None
