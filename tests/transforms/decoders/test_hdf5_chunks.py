"""The chunks of an HDF5 dataset are read as the library reads them."""

from pathlib import Path
from typing import Any

import h5py
import netCDF4
import numpy as np
import pytest
from numpy.typing import NDArray

from transforms.decoders import netcdf
from transforms.decoders.hdf5_chunks import UnfamiliarChunks, chunks_of
from transforms.decoders.netcdf_slabs import NetcdfSlabs
from transforms.errors import UnreadableGranule

SHAPE, CHUNKS = (7, 50, 60), (4, 32, 32)
PIPELINES = [
    {},
    {"shuffle": True, "zlib": True, "complevel": 1},
    {"zlib": True, "shuffle": False},
    {"fletcher32": True},
    {"shuffle": True, "zlib": True, "fletcher32": True},
]
REGIONS = [
    (slice(0, 7), slice(0, 50), slice(0, 60)),
    (slice(1, 4), slice(0, 50), slice(0, 60)),
    (slice(4, 5), slice(31, 33), slice(59, 60)),
]


def made(path: Path, dtype: str = "f4", **filters: Any) -> Path:
    """A file whose variable ``v`` has an unlimited first dimension and a chunk never written."""
    kept = np.random.default_rng(1).integers(-100, 100, SHAPE).astype(dtype)
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("time", None), ("y", SHAPE[1]), ("x", SHAPE[2])):
            file.createDimension(name, size)
        variable = file.createVariable(
            "v",
            dtype,
            ("time", "y", "x"),
            chunksizes=CHUNKS,
            endian="big" if dtype.startswith(">") else "native",
            **filters,
        )
        variable[0:2] = kept[0:2]
        variable[6, 40:] = kept[6, 40:]
    return path


def stored(path: Path, name: str = "v") -> netcdf.Stored:
    with netcdf.opened(path, "file") as dataset:
        group = next(netcdf.groups(dataset))
    return next(variable for variable in group.variables if variable.name == name)


def by_chunks(path: Path, region: tuple[slice, ...]) -> NDArray[Any]:
    variable = stored(path)
    chunks = chunks_of(path, "/", "v", variable.shape)
    assert chunks is not None
    assert variable.encoding is not None
    out = np.empty([part.stop - part.start for part in region], variable.dtype)
    chunks.read(path, region, out, variable.encoding.decoded, threads=2)
    return out


@pytest.mark.parametrize("region", REGIONS, ids=str)
@pytest.mark.parametrize("dtype", ["i1", "u2", "i4", "f4", "f8", ">f4", ">i2"])
@pytest.mark.parametrize("filters", PIPELINES, ids=str)
def test_every_pipeline_gives_what_the_library_gives(
    filters: dict[str, Any], dtype: str, region: tuple[slice, ...], tmp_path: Path
) -> None:
    path = made(tmp_path / "a.nc", dtype, **filters)
    found, expected = by_chunks(path, region), netcdf.read(path, "a", stored(path), region)
    assert found.dtype == expected.dtype
    assert found.tobytes() == expected.tobytes()


def test_a_chunk_that_skipped_its_filters_is_taken_as_it_is(tmp_path: Path) -> None:
    path = made(tmp_path / "a.nc", zlib=True, shuffle=True)
    plain = np.full(CHUNKS, 7.0, "f4")
    with h5py.File(path, "r+") as file:
        file["v"].id.write_direct_chunk((0, 0, 0), plain.tobytes(), filter_mask=0b11)

    np.testing.assert_array_equal(by_chunks(path, REGIONS[0])[:4, :32, :32], plain)


@pytest.mark.parametrize("filters", PIPELINES[1:], ids=str)
def test_a_damaged_chunk_is_unreadable(filters: dict[str, Any], tmp_path: Path) -> None:
    path = made(tmp_path / "a.nc", **filters)
    chunks = chunks_of(path, "/", "v", SHAPE)
    assert chunks is not None
    data = bytearray(path.read_bytes())
    data[chunks.chunks[0, 0, 0].offset + 40] ^= 0xFF
    path.write_bytes(data)

    with pytest.raises(UnfamiliarChunks):
        by_chunks(path, REGIONS[0])
    with pytest.raises(UnreadableGranule, match="fetch the granule again"):
        NetcdfSlabs(path, "a", stored(path), 2).read(REGIONS[0], np.empty(SHAPE, "f4"))


@pytest.mark.parametrize(
    "filters",
    [{"compression": "szip"}, {"compression": "zlib", "contiguous": False, "chunksizes": (1, 1)}],
    ids=["a filter of another kind", "tiny chunks"],
)
def test_the_library_reads_what_is_not_understood(filters: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    values = np.arange(256 * 256, dtype="f4").reshape(256, 256)
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("y", 256)
        file.createDimension("x", 256)
        if not file.has_szip_filter() and filters["compression"] == "szip":
            pytest.skip("this library has no szip")
        file.createVariable("v", "f4", ("y", "x"), **filters)[:] = values
    out = np.empty_like(values)
    NetcdfSlabs(path, "a", stored(path), 2).read((slice(0, 256), slice(0, 256)), out)

    assert chunks_of(path, "/", "v", (256, 256)) is None
    np.testing.assert_array_equal(out, values)


def test_a_variable_called_as_a_dimension_is_not_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("x", 4096)
        file.createDimension("v", 4096)
        file.createVariable("v", "f4", ("x",), chunksizes=(2048,))[:] = np.arange(4096)
    out = np.empty(4096, "f4")
    NetcdfSlabs(path, "a", stored(path), 2).read((slice(0, 4096),), out)

    np.testing.assert_array_equal(out, np.arange(4096))


@pytest.mark.parametrize("data", [b"", b"CDF\x01", b"\x89HDF\r\n\x1a\n" + bytes(99)])
def test_what_is_no_hdf5_is_left_to_the_library(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    path.write_bytes(data)

    assert chunks_of(path, "/", "v", (1,)) is None


@pytest.mark.parametrize("userblock", [0, 512])
@pytest.mark.parametrize("chunks", [None, (2, 64, 64)])
@pytest.mark.parametrize("dtype", ["<f4", ">i2"])
def test_what_lies_in_one_piece_or_behind_a_block_of_the_users_is_found(
    dtype: str, chunks: tuple[int, ...] | None, userblock: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.h5"
    values = np.arange(5 * 64 * 64).reshape(5, 64, 64).astype(dtype)
    with h5py.File(path, "w", userblock_size=userblock) as file:
        file.create_dataset("v", data=values, chunks=chunks)
    region = (slice(1, 4), slice(0, 64), slice(0, 64))

    np.testing.assert_array_equal(by_chunks(path, region), values[region])


def test_a_piece_that_is_cut_off_is_left_to_the_library(tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    with h5py.File(path, "w") as file:
        file.create_dataset("v", data=np.ones((5, 64, 64), "f4"))
    chunks = chunks_of(path, "/", "v", (5, 64, 64))
    assert chunks is not None
    path.write_bytes(path.read_bytes()[: chunks.chunks[4, 0, 0].offset + 100])

    with pytest.raises(UnfamiliarChunks, match="100 bytes"):
        chunks.read(
            path, (slice(0, 5), slice(0, 64), slice(0, 64)), np.empty((5, 64, 64)), np.asarray, 1
        )
