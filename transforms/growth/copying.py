"""Copying judged item cubes to their places in the growing cube: by coordinate, shard by shard."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray

from transforms.errors import DoesNotFit
from transforms.growth import agreement, structure
from transforms.growth.part import Part
from transforms.growth.time_axis import Places, TimeAxis
from transforms.plans import Region, Values
from transforms.recipe import Recipe

_BETWEEN = "@"


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """An item revision to copy, and the groups of its cube."""

    key: str
    revision: str
    parts: tuple[Part, ...]

    @property
    def label(self) -> str:
        """Return what the steps of the growing cube are labelled with."""
        return f"{self.key}{_BETWEEN}{self.revision}"


@dataclass(slots=True, eq=False)
class _Plan:
    """What a group's steps become: the item each is of, and whence its values are taken.

    A step without a source becomes one that is not there.
    """

    labels: NDArray[Any]
    sources: dict[int, tuple[Part, int] | None] = field(default_factory=dict)

    def there(self) -> Iterator[tuple[int, str]]:
        """Give the steps that are there, and their labels."""
        for place in np.flatnonzero(self.labels.astype(bool)).tolist():
            yield place, str(self.labels[place])

    def clear(self, places: Sequence[int]) -> None:
        """Let steps be ones that are not there."""
        for place in places:
            self.labels[place], self.sources[place] = "", None


class Copying:
    """One batch of pieces into one growing cube: admit each, then write them all."""

    def __init__(self, root: zarr.Group, recipe: Recipe) -> None:
        self._root = root
        self._recipe = recipe
        self._axis = TimeAxis.of(recipe)
        self._plans = {name: _planned(group) for name, group in structure.groups(root).items()}

    def admit(self, piece: Piece) -> None:
        """Take a piece in; what the same item had there before goes where it has nothing now.

        Raises:
            DoesNotFit: its structure is another, or a step is another item's already. Nothing of
                the piece is taken then.
        """
        for part in piece.parts:
            agreement.check(self._root, part, self._axis)
            self._require_free(piece, part)
        for plan in self._plans.values():
            plan.clear([place for place, label in plan.there() if _key(label) == piece.key])
        for part in piece.parts:
            plan = self._with_room(part)
            for position, place in enumerate(part.places.tolist()):
                plan.labels[place], plan.sources[place] = piece.label, (part, position)

    def take_back(self, key: str, revision: str) -> None:
        """Let the steps of an item revision be ones that are not there."""
        taken = Piece(key, revision, ()).label
        for plan in self._plans.values():
            plan.clear([place for place, label in plan.there() if label == taken])

    @property
    def is_needed(self) -> bool:
        """Return True where there is something to write."""
        return any(plan.sources for plan in self._plans.values())

    def write(self) -> Iterator[None]:
        """Write all that was admitted; yields after each region, since it may take long."""
        for name, plan in self._plans.items():
            if not plan.sources:
                continue
            group = structure.groups(self._root)[name]
            for variable, array in structure.fields(group).items():
                at = _along(group, array)
                for region, places in _regions(group, array, plan):
                    array[region] = _filled(array, variable, at, region, places, plan)
                    yield
            structure.array(group, structure.ITEM)[...] = plan.labels

    def _require_free(self, piece: Piece, part: Part) -> None:
        plan = self._plans.get(part.group)
        if plan is None:
            return
        for place in part.places[part.places < plan.labels.size].tolist():
            if plan.labels[place] and _key(plan.labels[place]) != piece.key:
                step = np.datetime64(int(self._axis.labels(place + 1)[place]), "s")
                raise DoesNotFit(
                    f"expected step {step}Z of {part.group or '/'} to be free, came "
                    f"{plan.labels[place]} there: two items of a collection hold the same step. "
                    "Cut the items so that they do not overlap"
                )

    def _with_room(self, part: Part) -> _Plan:
        """Return the plan of a part's group, made and lengthened as needed."""
        size = self._axis.size(int(part.places.max()) + 1)
        structure.make(self._root, part, self._axis.labels(size), self._recipe)
        group = structure.groups(self._root)[part.group]
        plan = self._plans.setdefault(part.group, _planned(group))
        if plan.labels.size < size:
            structure.lengthen(group, self._axis.labels(size))
            more = np.full(size - plan.labels.size, "", object)
            plan.labels = np.concatenate([plan.labels, more])
        return plan


def _planned(group: zarr.Group) -> _Plan:
    return _Plan(np.asarray(structure.array(group, structure.ITEM)[...], object))


def _key(label: str) -> str:
    return label.rpartition(_BETWEEN)[0]


def _regions(
    group: zarr.Group, array: zarr.Array[Any], plan: _Plan
) -> Iterator[tuple[Region, Places]]:
    """Give the whole shards in which steps change, and those steps."""
    extents, at = array.shards or array.chunks, _along(group, array)
    touched: dict[int, list[int]] = defaultdict(list)
    for place in sorted(plan.sources):
        touched[place // extents[at]].append(place)
    numbers = [
        sorted(touched) if axis == at else range(-(-size // extent))
        for axis, (size, extent) in enumerate(zip(array.shape, extents, strict=True))
    ]
    for block in product(*numbers):
        cuts = zip(block, extents, array.shape, strict=True)
        region = tuple(slice(n * extent, min((n + 1) * extent, size)) for n, extent, size in cuts)
        yield region, np.array(touched[block[at]])


def _filled(
    array: zarr.Array[Any], name: str, at: int, region: Region, places: Places, plan: _Plan
) -> Values:
    """Return a region with the steps at ``places`` as their sources have them."""
    shape = [cut.stop - cut.start for cut in region]
    is_whole = shape[at] == places.size
    values = np.full(shape, array.fill_value, array.dtype) if is_whole else array[region]
    values = np.asarray(values)
    by_part: dict[Part | None, list[tuple[int, int]]] = defaultdict(list)
    for place in places.tolist():
        part, position = plan.sources[place] or (None, 0)
        by_part[part].append((place - region[at].start, position))
    for part, pairs in by_part.items():
        targets, positions = (list(column) for column in zip(*pairs, strict=True))
        source = part.fields.get(name) if part else None
        step: tuple[Any, ...] = (*(slice(None),) * at, targets)
        values[step] = array.fill_value if source is None else _read(source, at, region, positions)
    return values


def _read(source: xr.Variable, at: int, region: Region, positions: Sequence[int]) -> Values:
    """Return some steps of an item's field, of the same cut of its other axes as ``region``."""
    first, last = min(positions), max(positions)
    read = source[(*region[:at], slice(first, last + 1), *region[at + 1 :])].to_numpy()
    chosen = [position - first for position in positions]
    return np.take(structure.encoded(read), chosen, axis=at)


def _along(group: zarr.Group, array: zarr.Array[Any]) -> int:
    return structure.dimensions(array).index(structure.growing_axis(group))
