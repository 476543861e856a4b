"""How chunks are compressed: the same words for the metadata and for the encoder."""

from dataclasses import dataclass
from typing import Any

import numcodecs.blosc
import numpy as np
from numcodecs.pcodec import PCodec
from zarr.codecs import BloscCodec
from zarr.codecs.numcodecs import PCodec as ZarrPCodec

from transforms.plans import Values
from transforms.recipe import Codec

ZSTD_LEVELS = {Codec.FAST: 1, Codec.BALANCED: 3, Codec.ROUNDED: 3, Codec.ARCHIVE: 3}
BLOSC_BLOCK_BYTES = 1 << 20
"""Larger blocks than Blosc's own choice pack better and faster, and still fit the cache."""
PCODEC_LEVEL = 8
PCODEC_TYPES = frozenset({"f4", "f8", "i2", "i4", "i8", "u2", "u4", "u8"})

# Tasks run side by side already; Blosc's own threads would share one context and a lock
numcodecs.blosc.use_threads = False


@dataclass(frozen=True, slots=True)
class Blosc:
    """Bit-shuffled Zstandard, at a level, for values of one size."""

    level: int
    itemsize: int

    def encode(self, chunk: Values) -> bytes:
        """Compress one contiguous chunk."""
        data: bytes = numcodecs.blosc.compress(
            chunk.reshape(-1).view("u1"),
            b"zstd",
            self.level,
            numcodecs.blosc.BITSHUFFLE,
            BLOSC_BLOCK_BYTES,
            self.itemsize,
        )
        return data

    def metadata(self) -> dict[str, Any]:
        """Return the codec as zarr-python wants it told."""
        codec = BloscCodec(
            typesize=self.itemsize,
            cname="zstd",
            clevel=self.level,
            shuffle="bitshuffle",
            blocksize=BLOSC_BLOCK_BYTES,
        )
        return {"compressors": codec}


@dataclass(frozen=True, slots=True)
class Pcodec:
    """Pcodec, which finds the step on which all values of a chunk lie."""

    level: int = PCODEC_LEVEL

    def encode(self, chunk: Values) -> bytes:
        """Compress one contiguous chunk."""
        return bytes(PCodec(level=self.level).encode(chunk))

    def metadata(self) -> dict[str, Any]:
        """Return the codec as zarr-python wants it told."""
        return {"serializer": ZarrPCodec(level=self.level), "compressors": None}


def encoder(codec: Codec, dtype: np.dtype[Any]) -> Blosc | Pcodec:
    """Return how values of a type are compressed; Pcodec knows no single bytes."""
    if codec is Codec.ARCHIVE and dtype.str[1:] in PCODEC_TYPES:
        return Pcodec()
    return Blosc(ZSTD_LEVELS[codec], dtype.itemsize)
