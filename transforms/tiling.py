"""How an array is cut: chunks to read by, shards to store by.

Chunks are a few megabytes, so that a map and a point series both touch few of them (measured: a
point over 240 hours in 20 reads, a map in one). A shard holds whole fields, is written once by one
task, and is what memory has to hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from lake.nouns import Axis
from transforms.recipe import Chunks

CHUNK_BYTES = 4 << 20
SMALL_CHUNK_BYTES = 1 << 20
SHARD_BYTES = 32 << 20
SLAB_BYTES = 128 << 20
TIME_CHUNK = 24
PLANAR = frozenset({"spatial", "other"})
HEALPIX_BASE_PIXELS = 12

Sizes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tiling:
    """The extents of a chunk and of a shard; a shard is a whole number of chunks each way."""

    chunks: Sizes
    shards: Sizes

    @property
    def is_sharded(self) -> bool:
        """Whether a shard holds more than one chunk."""
        return self.chunks != self.shards
