"""The chunks of an HDF5 dataset, read and inflated side by side.

The HDF5 library inflates one chunk at a time under a lock of its own. It is asked here only where
the chunks of a dataset lie; this module is the only door to h5py and to ISA-L.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from isal import isal_zlib
from numcodecs.fletcher32 import Fletcher32

from transforms.plans import Region, Values

DEFLATE, SHUFFLE, FLETCHER32 = 1, 2, 3
"""Registered HDF5 filters; a dataset with any other is left to the library."""
NOT_A_COORDINATE = "_nc4_non_coord_"
"""Before the name of a variable that only happens to be called as a dimension (NetCDF-4)."""
CHECKSUM_BYTES = 4
LEAST_CHUNK_BYTES, MOST_CHUNK_BYTES = 1 << 12, 1 << 28
"""Smaller chunks cost more here than in the library; larger ones are no file's that we know."""
BAD_STREAM: type[Exception] = isal_zlib.IsalError  # type: ignore[assignment]  # wrongly typed there

Place = tuple[int, ...]
Decode = Callable[[Values], Values]


class UnfamiliarChunks(Exception):
    """The chunks cannot be read here; the library may know more, or say what is wrong."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where one chunk lies in the file; each bit of ``skipped`` stands for a filter not used."""

    offset: int
    size: int
    skipped: int


@dataclass(frozen=True, slots=True, eq=False)
class Chunks:
    """All the chunks of a dataset by the index of their first value; others hold ``nothing``."""

    shape: Place
    dtype: np.dtype[Any]
    extents: Place
    filters: tuple[int, ...]
    chunks: Mapping[Place, Chunk]
    nothing: np.generic

    def read(self, path: Path, region: Region, out: Values, decode: Decode, threads: int) -> None:
        """Fill ``out`` with the decoded values of a region.

        Raises:
            UnfamiliarChunks: a chunk is not what its filters make.
        """
        file = os.open(path, os.O_RDONLY)
        try:
            with ThreadPoolExecutor(threads) as pool:
                places = list(self._places(region))
                list(pool.map(lambda at: self._fill(file, at, region, out, decode), places))
        finally:
            os.close(file)

    def _places(self, region: Region) -> Iterator[Place]:
        firsts = (
            range(part.start // extent * extent, part.stop, extent)
            for part, extent in zip(region, self.extents, strict=True)
        )
        yield from product(*firsts)

    def _fill(self, file: int, at: Place, region: Region, out: Values, decode: Decode) -> None:
        """Decode the piece of one chunk that lies in the region."""
        inner, outer = [], []
        for first, extent, part in zip(at, self.extents, region, strict=True):
            begin, end = max(first, part.start), min(first + extent, part.stop)
            inner.append(slice(begin - first, end - first))
            outer.append(slice(begin - part.start, end - part.start))
        out[tuple(outer)] = decode(self._chunk(file, at)[tuple(inner)])

    def _chunk(self, file: int, at: Place) -> Values:
        chunk = self.chunks.get(at)
        if chunk is None:
            return np.full(self.extents, self.nothing, self.dtype)
        data: bytes | memoryview = _bytes(file, chunk)
        size = prod(self.extents) * self.dtype.itemsize
        for number, code in reversed(list(enumerate(self.filters))):
            if not chunk.skipped >> number & 1:
                data = _undone(code, data, size, self.dtype.itemsize)
        if len(data) != size:
            raise UnfamiliarChunks(f"{len(data)} bytes instead of {size}")
        values = np.frombuffer(data, self.dtype).reshape(self.extents)
        return values if values.flags.writeable else values.copy()


def chunks_of(path: Path, group: str, name: str, shape: Place) -> Chunks | None:
    """Return the chunks of a dataset, or None where the library had better read it."""
    try:
        with h5py.File(path, "r", locking=False) as file:
            return _described(file[group], name, shape)
    except (OSError, KeyError, ValueError, RuntimeError, TypeError):
        # Whatever h5py cannot make out, the NetCDF library is asked next, and its word counts
        return None


def _described(group: Any, name: str, shape: Place) -> Chunks | None:  # noqa: ANN401 - no types
    dataset = group[NOT_A_COORDINATE + name if NOT_A_COORDINATE + name in group else name]
    if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind not in "iuf":
        return None
    if dataset.shape != shape or not shape:
        return None
    if dataset.chunks is None:
        return _contiguous(dataset)
    created = dataset.id.get_create_plist()
    filters = tuple(created.get_filter(n)[0] for n in range(created.get_nfilters()))
    size = prod(dataset.chunks) * dataset.dtype.itemsize
    is_fit = LEAST_CHUNK_BYTES <= size <= MOST_CHUNK_BYTES
    if not is_fit or not set(filters) <= {DEFLATE, SHUFFLE, FLETCHER32}:
        return None
    found: list[Any] = []
    dataset.id.chunk_iter(found.append)
    chunks = {
        tuple(at.chunk_offset): Chunk(at.byte_offset, at.size, at.filter_mask) for at in found
    }
    return Chunks(shape, dataset.dtype, dataset.chunks, filters, chunks, dataset.fillvalue)


def _bytes(file: int, chunk: Chunk) -> memoryview:
    """Read a chunk into memory that may be written to: what has no filter is its values."""
    room = np.empty(min(chunk.size, MOST_CHUNK_BYTES), np.uint8).data
    return room[: os.preadv(file, [room], chunk.offset)]


def _contiguous(dataset: h5py.Dataset) -> Chunks | None:
    """Return the slices along the first axis of a dataset that lies in one piece."""
    begin, extents = dataset.id.get_offset(), (1, *dataset.shape[1:])
    size = prod(extents) * dataset.dtype.itemsize
    if begin is None or not LEAST_CHUNK_BYTES <= size <= MOST_CHUNK_BYTES:
        return None
    chunks = {
        (at, *(0,) * (len(extents) - 1)): Chunk(begin + at * size, size, 0)
        for at in range(dataset.shape[0])
    }
    return Chunks(dataset.shape, dataset.dtype, extents, (), chunks, dataset.fillvalue)


def _undone(code: int, data: bytes | memoryview, size: int, itemsize: int) -> bytes | memoryview:
    """Return what a filter was given, at most a few bytes more than ``size``."""
    if code == DEFLATE:
        return _inflated(data, size)
    if code == SHUFFLE:
        return _unshuffled(data, itemsize)
    try:
        checked: memoryview = Fletcher32().decode(data)
    except (RuntimeError, IndexError) as error:
        raise UnfamiliarChunks(str(error)) from error
    return checked


def _inflated(data: bytes | memoryview, size: int) -> bytes:
    stream = isal_zlib.decompressobj()
    try:
        # A sum may follow the values; a byte more lets the stream come to its end
        found: bytes = stream.decompress(data, size + CHECKSUM_BYTES + 1)
    except BAD_STREAM as error:
        raise UnfamiliarChunks(str(error)) from error
    if not stream.eof:
        raise UnfamiliarChunks("the stream does not end where the chunk does")
    return found


def _unshuffled(data: bytes | memoryview, itemsize: int) -> memoryview:
    """Put the bytes of each value side by side again; what is left over stays at the end."""
    count = len(data) // itemsize
    planes = np.frombuffer(data, np.uint8)
    found = np.empty(len(data), np.uint8)
    values = found[: count * itemsize].reshape(count, itemsize)
    for number in range(itemsize):
        values[:, number] = planes[number * count : (number + 1) * count]
    found[count * itemsize :] = planes[count * itemsize :]
    return found.data
