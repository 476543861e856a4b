"""Reads the fields of one variable as differences from the fields before them."""

import threading
from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np

from transforms.measures import BLOCK, measured
from transforms.plans import FieldReader, Index, Measured, Region, Values


class Kept(threading.local):
    """The accumulation that a thread read last: most often the one before its next."""

    def __init__(self) -> None:
        self.owner: object = None
        self.index: Index = ()
        self.values: Values = np.empty(0)

    def room(self, like: Values) -> Values:
        """Return memory for a field; what was kept is forgotten."""
        self.owner = None
        if self.values.shape != like.shape or self.values.dtype != like.dtype:
            self.values = np.empty(0)
            self.values = np.empty_like(like)
        return self.values

    def holds(self, owner: object, index: Index, like: Values) -> bool:
        """Return whether the values are those of an owner's field, in the same type."""
        is_same = self.owner is owner and self.index == index
        return is_same and self.values.dtype == like.dtype


_kept = Kept()


class Differences:
    """Reads differences; a field that is not in ``before`` is read as it is.

    What ``never_falls`` and is below zero by no more than the coarser of two packing steps is
    zero: so far apart may two equal amounts be packed. ``absent`` are fields of which the one
    before is not there.
    """

    def __init__(
        self,
        source: FieldReader,
        before: Mapping[Index, Index],
        absent: frozenset[Index],
        never_falls: bool,
    ) -> None:
        self._source = source
        self._before = before
        self._absent = absent
        self.never_falls = never_falls

    def read(self, region: Region, out: Values) -> None:
        """Read whole fields, by the source's own way for regions; see ``SlabReader``."""
        outer = region[: len(next(iter(self._before)))]
        for index in product(*(range(part.start, part.stop) for part in outer)):
            if index in self._absent:
                continue
            field = out[tuple(at - part.start for at, part in zip(index, outer, strict=True))]
            self._source.read(self._alone(index, region), _outside(field, outer))
            before = self._before.get(index)
            if before is not None:
                last = np.full_like(field, np.nan)
                self._source.read(self._alone(before, region), _outside(last, outer))
                self._subtract(index, field, last)

    def read_field(self, index: Index, out: Values, *, is_rounded: bool) -> Measured | None:
        """Read and measure one field; see ``FieldReader``."""
        if index in self._absent:
            return None
        own = self._source.read_field(index, out, is_rounded=False)
        if own is None:
            return None
        before, step = self._before.get(index), self.packing_step(index) if is_rounded else 0.0
        clipped = 0
        if before is None:
            _kept.room(out)[...] = out
            _round(out, step)
        else:
            last = self._last(before, out)
            clipped = self._subtract(index, out, last, step, keeps=True)
        _kept.owner, _kept.index = self, index
        if before is None and not step:
            return own
        return measured(out, None, clipped=clipped)

    def packing_step(self, index: Index) -> float:
        """Return the coarser packing step of a field and the one before; see ``FieldReader``."""
        before = self._before.get(index)
        own = self._source.packing_step(index)
        return own if before is None else max(own, self._source.packing_step(before))

    def _last(self, before: Index, like: Values) -> Values:
        """Return the accumulation before, which may be kept already."""
        if _kept.holds(self, before, like):
            return _kept.values
        last = _kept.room(like)
        self._source.read_field(before, last, is_rounded=False)
        return last

    def _subtract(
        self, index: Index, field: Values, last: Values, step: float = 0.0, *, keeps: bool = False
    ) -> int:
        """Turn a field into its difference from the last, and return how many cells became 0.

        With ``keeps``, ``last`` becomes what the field was.
        """
        limit = self.packing_step(index) if self.never_falls else 0.0
        clipped = 0
        for part in _rows(field):
            own = field[part].astype(np.float64)
            found = own - last[part]
            if limit:
                is_dust = (found < 0) & (found >= -limit)
                clipped += int(np.count_nonzero(is_dust))
                found[is_dust] = 0.0
            if keeps:
                last[part] = own
            field[part] = found
        _round(field, step)
        return clipped

    def _alone(self, index: Index, region: Region) -> Region:
        """Return the region of one field."""
        return (*(slice(at, at + 1) for at in index), *region[len(index) :])


def _outside(field: Values, outer: Region) -> Values:
    return field[(np.newaxis,) * len(outer)]


def _round(field: Values, step: float) -> None:
    """Move values to the nearest multiple of ``step``, if there is one."""
    for part in _rows(field) if step else ():
        field[part] = np.rint(field[part].astype(np.float64) / step) * step


def _rows(field: Values) -> Iterator[slice]:
    """Cut a field into parts that fit the cache."""
    rows = max(1, BLOCK * field.shape[0] // field.size)
    for at in range(0, field.shape[0], rows):
        yield slice(at, at + rows)
