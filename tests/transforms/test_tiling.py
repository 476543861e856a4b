"""How arrays are cut."""

from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lake.nouns import Axis
from transforms.recipe import Chunks, Recipe
from transforms.tiling import CHUNK_BYTES, SLABS_IN_BUDGET, slabs, tile

KINDS = st.sampled_from(["time", "level", "member", "spatial", "other"])


def axes(*sizes: tuple[str, int]) -> list[Axis]:
    return [Axis(f"d{i}", kind, size) for i, (kind, size) in enumerate(sizes)]


@settings(deadline=None)
@given(
    st.lists(st.tuples(KINDS, st.integers(1, 400)), min_size=1, max_size=4),
    st.sampled_from([1, 4, 8]),
    st.booleans(),
)
def test_slabs_cover_every_cell_once_in_whole_shards(
    sizes: list[tuple[str, int]], itemsize: int, sharding: bool
) -> None:
    along = axes(*sizes)
    tiling = tile(along, itemsize, Recipe(shards=sharding))
    regions = slabs(along, tiling)

    assert sum(prod(p.stop - p.start for p in r) for r in regions) == prod(n for _, n in sizes)
    for axis, chunk, shard in zip(along, tiling.chunks, tiling.shards, strict=True):
        assert shard % chunk == 0
        assert 1 <= chunk <= axis.size
    for region in regions:
        assert all(
            part.start % shard == 0 for part, shard in zip(region, tiling.shards, strict=True)
        )


def test_a_quarter_degree_day_is_cut_into_a_few_megabytes() -> None:
    along = axes(("time", 24), ("spatial", 721), ("spatial", 1440))
    tiling = tile(along, 4, Recipe())

    assert tiling.chunks[0] == 24
    assert prod(tiling.chunks) * 4 <= CHUNK_BYTES
    assert len(slabs(along, tiling)) == 1


@pytest.mark.parametrize("level", range(6, 11))
def test_healpix_is_cut_where_a_coarser_level_cuts_it(level: int) -> None:
    along = axes(("time", 24), ("spatial", 12 * 4**level))
    cells = tile(along, 4, Recipe(), is_healpix=True).chunks[1]

    assert cells % 12 == 0 or (cells & (cells - 1) == 0 and cells.bit_length() % 2 == 1)


def test_time_is_shortened_before_memory_is_exceeded() -> None:
    along = axes(("time", 24), ("spatial", 26_306_560))
    tiling = tile(along, 4, Recipe())

    slab = slabs(along, tiling)[0]
    assert prod(part.stop - part.start for part in slab) * 4 <= (512 << 20) // SLABS_IN_BUDGET


def test_wanted_extents_are_kept() -> None:
    along = axes(("time", 240), ("level", 13), ("spatial", 721), ("spatial", 1440))
    wanted = Chunks(time=240, spatial=32)
    tiling = tile(along, 4, Recipe(chunks=wanted, memory_mb=4096))

    assert tiling.chunks == (240, 1, 32, 32)
