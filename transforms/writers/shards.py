"""One shard as Zarr v3 has it (``sharding_indexed``): compressed chunks, then their index.

zarr-python encodes a shard in memory and in Python's own time; here each chunk leaves as soon as
it is compressed.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

import crc32c
import numpy as np

from transforms.plans import Region, Values
from transforms.tiling import Sizes, Tiling

NOT_THERE = 2**64 - 1
"""Offset and length, in the index, of a chunk that holds nothing but the fill value."""
CHECKSUM_BYTES = 4

Encode = Callable[[Values], bytes]
Part = Callable[[Region], Values]
IsNothing = Callable[[Values], bool]
Fill = float | int | str


def keys(region: Region, tiling: Tiling) -> Iterator[tuple[str, Sizes]]:
    """Yield the key and the first cell of every shard of a region."""
    starts = [
        range(part.start, part.stop, size)
        for part, size in zip(region, tiling.shards, strict=True)
    ]
    for start in product(*starts):
        numbers = (at // size for at, size in zip(start, tiling.shards, strict=True))
        yield "/".join(("c", *map(str, numbers))), start


def pieces(
    start: Sizes, shape: Sizes, tiling: Tiling, part: Part, encode: Encode, is_nothing: IsNothing
) -> Iterator[bytes]:
    """Yield the bytes of the shard that begins at ``start``; ``part`` gives whole chunks.

    Chunks that are nothing have no bytes, only an entry in the index that says so.
    """
    if not tiling.is_sharded:
        yield encode(part(_region(start, tiling.chunks)))
        return
    counts = [shard // chunk for shard, chunk in zip(tiling.shards, tiling.chunks, strict=True)]
    index = np.full((*counts, 2), NOT_THERE, dtype="<u8")
    offset = 0
    for place in np.ndindex(*counts):
        at = tuple(s + p * c for s, p, c in zip(start, place, tiling.chunks, strict=True))
        if any(a >= size for a, size in zip(at, shape, strict=True)):
            continue
        chunk = part(_region(at, tiling.chunks))
        if is_nothing(chunk):
            continue
        data = encode(chunk)
        index[place] = offset, len(data)
        offset += len(data)
        yield data
    table = index.tobytes()
    yield table + crc32c.crc32c(table).to_bytes(CHECKSUM_BYTES, "little")


class Cutter:
    """Cuts whole chunks from a slab, or from whatever ``read`` fills in; one for each thread."""

    def __init__(
        self,
        shape: Sizes,
        chunks: Sizes,
        dtype: np.dtype[Any],
        fill_value: Fill,
        read: Callable[[Region, Values], None],
    ) -> None:
        self._shape = shape
        self._fill_value = fill_value
        self._read = read
        self._chunk = np.empty(chunks, dtype)

    def cut(self, region: Region) -> Values:
        """Return the chunk at a region, padded beyond the array; valid until the next call."""
        inside = tuple(
            slice(part.start, min(part.stop, size))
            for part, size in zip(region, self._shape, strict=True)
        )
        if inside != region:
            self._chunk[...] = self._fill_value
        extents = tuple(slice(0, part.stop - part.start) for part in inside)
        self._read(inside, self._chunk[extents])
        return self._chunk

    def is_nothing(self, chunk: Values) -> bool:
        """Return whether a chunk holds the fill value only."""
        if self._fill_value != self._fill_value:
            return bool(np.isnan(chunk.flat[0]) and np.isnan(chunk).all())
        return bool(chunk.flat[0] == self._fill_value and (chunk == self._fill_value).all())


def _region(start: Sequence[int], extents: Sequence[int]) -> Region:
    return tuple(slice(at, at + size) for at, size in zip(start, extents, strict=True))
