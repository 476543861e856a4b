"""Shards of our own making, read by zarr-python."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.plans import Region, Values
from transforms.recipe import Codec
from transforms.tiling import Tiling
from transforms.writers.codecs import encoder
from transforms.writers.shards import Cutter, keys, pieces
from transforms.writers.target import Target

SHAPES = st.lists(st.integers(1, 9), min_size=1, max_size=3)
TYPES = ["f4", "f8", "i2", "u1"]


@settings(deadline=None)
@given(st.data(), SHAPES, st.sampled_from(TYPES), st.sampled_from(Codec), st.booleans())
def test_zarr_reads_what_was_written(
    data: st.DataObject, shape: list[int], kind: str, codec: Codec, is_sharded: bool
) -> None:
    chunks = tuple(data.draw(st.integers(1, size)) for size in shape)
    counts = [data.draw(st.integers(1, 3)) if is_sharded else 1 for _ in shape]
    tiling = Tiling(chunks, tuple(c * n for c, n in zip(chunks, counts, strict=True)))
    values = np.arange(np.prod(shape)).reshape(shape).astype(kind)
    store = write(values, tiling, codec)

    array = zarr.open_array(store, mode="r")
    np.testing.assert_array_equal(array[...], values)
    for place in product(*(range(size) for size in shape)):
        assert array[place] == values[place]


def test_chunks_that_are_nothing_take_no_bytes() -> None:
    values = np.full((8, 8), np.nan, "f4")
    values[0, 0] = 1.0
    store = write(values, Tiling((2, 2), (8, 8)), Codec.FAST)
    index_bytes = 16 * 16 + 4
    shard = store["c/0/0"].to_bytes()

    np.testing.assert_array_equal(zarr.open_array(store, mode="r")[...], values)
    assert (
        len(shard) == len(encoder(Codec.FAST, values.dtype).encode(values[:2, :2])) + index_bytes
    )


def test_a_shard_is_what_zarr_python_makes_of_it_in_another_order() -> None:
    values = np.random.default_rng(0).standard_normal((6, 40)).astype("f4")
    ours = write(values, Tiling((3, 10), (6, 40)), Codec.BALANCED)
    theirs = zarr.open_array(store=(other := dict(ours)), mode="r+")
    theirs[...] = values

    assert len(ours["c/0/0"].to_bytes()) == len(other["c/0/0"].to_bytes())


@pytest.mark.parametrize("location", ["memory://bucket/store", "{tmp}/store"])
def test_an_object_is_sealed_as_it_is_written(location: str, tmp_path: Path) -> None:
    target = Target(location.format(tmp=tmp_path))
    one = target.put("a/c/0", iter([b"some", b"", b"thing"]))

    assert one.size == len(b"something")
    assert target.seal().size == one.size
    assert list(target._objects()) == [one]


def write(values: Values, tiling: Tiling, codec: Codec) -> dict[str, zarr.core.buffer.Buffer]:
    """Write an array as a store in memory: metadata by zarr-python, shards by ourselves."""
    store: dict[str, zarr.core.buffer.Buffer] = {}
    fill = np.nan if values.dtype.kind == "f" else 0
    encoding = encoder(codec, values.dtype)
    zarr.create_array(
        store,
        shape=values.shape,
        dtype=values.dtype,
        chunks=tiling.chunks,
        shards=tiling.shards if tiling.is_sharded else None,
        fill_value=fill,
        **encoding.metadata(),
    )

    def read(region: Region, out: Values) -> None:
        out[...] = values[region]

    cutter = Cutter(values.shape, tiling.chunks, values.dtype, fill, read)
    whole = tuple(slice(0, size) for size in values.shape)
    for key, start in keys(whole, tiling):
        made = pieces(start, values.shape, tiling, cutter.cut, encoding.encode, cutter.is_nothing)
        store[key] = zarr.core.buffer.cpu.Buffer.from_bytes(b"".join(made))
    return store
