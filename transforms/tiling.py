"""How an array is cut: chunks to read by, shards to store by.

Chunks are a few megabytes, so that a map and a point series both touch few of them (measured: a
point over 240 hours in 20 reads, a map in one). A shard holds whole fields, is written once by one
task, and is what memory has to hold: where fields are large it spans fewer of them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from lake.nouns import Axis
from transforms.plans import PlannedHypercube, PlannedVariable
from transforms.recipe import Chunks, Recipe

CHUNK_BYTES = 4 << 20
SMALL_CHUNK_BYTES = 1 << 20
SHARD_BYTES = 32 << 20
SLABS_IN_BUDGET = 4
"""Two tasks hold a slab each; the program and the decoders' own buffers take as much again."""
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


def tiling_of(hypercube: PlannedHypercube, variable: PlannedVariable, recipe: Recipe) -> Tiling:
    """Return how a variable is cut: by the recipe, where nothing else was planned."""
    if variable.cut is not None:
        return Tiling(*variable.cut)
    axes = axes_of(hypercube, variable)
    is_healpix = hypercube.grid.kind == "healpix"
    return tile(axes, variable.dtype.itemsize, recipe, is_healpix=is_healpix)


def axes_of(hypercube: PlannedHypercube, variable: PlannedVariable) -> list[Axis]:
    """Return the axes of a variable in its order."""
    axes = {axis.name: axis for axis in hypercube.axes}
    return [axes[dimension] for dimension in variable.dimensions]


def tile(
    axes: Sequence[Axis], itemsize: int, recipe: Recipe, *, is_healpix: bool = False
) -> Tiling:
    """Return chunks and shards for an array along ``axes``.

    What the recipe wants is kept where memory allows; the rest follows from the sizes above.
    HEALPix cells are cut where a coarser level cuts them.
    """
    slab_bytes = (recipe.memory_mb << 20) // SLABS_IN_BUDGET
    chunks = _chunks(axes, itemsize, recipe.chunks, slab_bytes, is_healpix)
    if not recipe.shards:
        return Tiling(tuple(chunks), tuple(chunks))
    return Tiling(tuple(chunks), tuple(_shards(axes, chunks, itemsize, slab_bytes)))


def _chunks(
    axes: Sequence[Axis], itemsize: int, wanted: Chunks, slab_bytes: int, is_healpix: bool
) -> list[int]:
    chunks = [_first_extent(axis, wanted) for axis in axes]
    free = [index for index, axis in enumerate(axes) if _wanted(axis, wanted) is None]
    times = [index for index in free if axes[index].kind == "time"]
    planar = [index for index in free if axes[index].kind in PLANAR]
    outer = [index for index in free if axes[index].kind in {"level", "member"}]
    _shorten(chunks, axes, wanted, itemsize, slab_bytes)
    _shrink(chunks, planar, itemsize, CHUNK_BYTES, is_healpix=is_healpix)
    _shrink(chunks, times, itemsize, CHUNK_BYTES)
    field_bytes = prod(axis.size for axis in axes if axis.kind in PLANAR) * itemsize

    def is_small(extents: Sequence[int]) -> bool:
        fields = prod(e for e, a in zip(extents, axes, strict=True) if a.kind not in PLANAR)
        return prod(extents) * itemsize <= SMALL_CHUNK_BYTES and fields * field_bytes <= slab_bytes

    _grow(chunks, axes, outer[::-1], is_small)
    return chunks


def _shards(
    axes: Sequence[Axis], chunks: Sequence[int], itemsize: int, slab_bytes: int
) -> list[int]:
    shards = [
        _rounded_up(axis.size, chunk) if axis.kind in PLANAR else chunk
        for axis, chunk in zip(axes, chunks, strict=True)
    ]
    for index, axis in enumerate(axes):
        while axis.kind == "other" and prod(shards) * itemsize > slab_bytes:
            if shards[index] <= chunks[index]:
                break
            shards[index] = _rounded_up(shards[index] // 2, chunks[index])
    most = min(SHARD_BYTES, slab_bytes)
    _grow(shards, axes, range(len(axes)), lambda e: prod(e) * itemsize <= most, chunks)
    return shards


def slabs(axes: Sequence[Axis], tiling: Tiling) -> list[tuple[slice, ...]]:
    """Return the regions to write, each of whole shards and whole fields, in their order."""
    steps = [
        [slice(0, axis.size)]
        if axis.kind == "spatial"
        else [slice(at, min(at + size, axis.size)) for at in range(0, axis.size, size)]
        for axis, size in zip(axes, tiling.shards, strict=True)
    ]
    return list(product(*steps))


def _wanted(axis: Axis, wanted: Chunks) -> int | None:
    limits = wanted.model_dump()
    return limits.get(axis.kind)


def _first_extent(axis: Axis, wanted: Chunks) -> int:
    limit = _wanted(axis, wanted)
    if limit is not None:
        return min(limit, axis.size)
    if axis.kind in PLANAR:
        return axis.size
    return min(TIME_CHUNK, axis.size) if axis.kind == "time" else 1


def _shorten(
    extents: list[int], axes: Sequence[Axis], wanted: Chunks, itemsize: int, slab_bytes: int
) -> None:
    """Let a chunk span fewer whole fields, in even parts, until a slab fits: times go first."""
    which = [index for index, axis in enumerate(axes) if axis.kind not in PLANAR]
    first = sorted(which, key=lambda i: (_wanted(axes[i], wanted) is not None, -extents[i]))
    whole = [
        axis.size if axis.kind in PLANAR else extent
        for axis, extent in zip(axes, extents, strict=True)
    ]
    for index in first:
        others = prod(whole) // whole[index] * itemsize
        parts = -(-whole[index] // max(1, slab_bytes // others))
        whole[index] = extents[index] = -(-whole[index] // parts)


def _shrink(
    extents: list[int], which: list[int], itemsize: int, limit: int, *, is_healpix: bool = False
) -> None:
    """Halve the longest of some extents until the whole fits; HEALPix cells go by quarters."""
    while prod(extents) * itemsize > limit:
        longest = max(which, key=lambda index: extents[index], default=None)
        if longest is None or extents[longest] == 1:
            return
        parts = 2
        if is_healpix:
            parts = 4 if extents[longest] % HEALPIX_BASE_PIXELS else HEALPIX_BASE_PIXELS
        extents[longest] = -(-extents[longest] // parts)


def _grow(
    extents: list[int],
    axes: Sequence[Axis],
    which: Iterable[int],
    fits: Callable[[Sequence[int]], bool],
    multiples_of: Sequence[int] | None = None,
) -> None:
    """Double some extents, one axis after the other, as long as the whole fits."""
    for index in which:
        unit = multiples_of[index] if multiples_of else 1
        whole = _rounded_up(axes[index].size, unit)
        while extents[index] < whole:
            longer = min(extents[index] * 2, whole)
            if not fits([*extents[:index], longer, *extents[index + 1 :]]):
                break
            extents[index] = longer


def _rounded_up(size: int, unit: int) -> int:
    return -(-size // unit) * unit
