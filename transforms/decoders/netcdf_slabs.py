"""Slabs of one NetCDF variable: from its chunks where they are understood, else by the library."""

from pathlib import Path
from typing import Any

from transforms.decoders import netcdf
from transforms.decoders.hdf5_chunks import Chunks, UnfamiliarChunks, chunks_of
from transforms.decoders.netcdf import Stored
from transforms.plans import Region, Values


class NetcdfSlabs:
    """Reads one variable on some threads; where its chunks lie is found at the first read."""

    def __init__(self, path: Path, label: str, variable: Stored, threads: int) -> None:
        self._path = path
        self._label = label
        self._variable = variable
        self._threads = threads
        self._chunks: Chunks | None = None
        self._is_sought = False

    def read(self, region: Region, out: Values) -> None:
        """Read a region; see ``SlabReader``."""
        encoding, chunks = self._variable.encoding, self._found()
        if encoding is not None and chunks is not None:
            try:
                return chunks.read(self._path, region, out, encoding.decoded, self._threads)
            except (UnfamiliarChunks, OSError):
                # The library can read what we cannot, or says what is wrong with it
                self._chunks = None
        out[...] = netcdf.read(self._path, self._label, self._variable, region)
        return None

    def __getstate__(self) -> dict[str, Any]:
        """Readers travel light: other processes seek the chunks anew."""
        return self.__dict__ | {"_chunks": None, "_is_sought": False}

    def _found(self) -> Chunks | None:
        variable = self._variable
        if not self._is_sought and variable.encoding is not None:
            self._chunks = chunks_of(self._path, variable.group, variable.name, variable.shape)
            if self._chunks is not None and self._chunks.dtype.newbyteorder("=") != variable.held:
                self._chunks = None
        self._is_sought = True
        return self._chunks
