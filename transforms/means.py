"""Means of neighbouring cells: those of two by two, or of four in a row."""

from collections.abc import Sequence

import numpy as np

from transforms.plans import Values
from transforms.tiling import Sizes


def fill(
    out: Values, field: Values, axes: Sequence[int], factor: int, missing: float | None
) -> None:
    """Fill ``out`` with the means of a field, added up in the same order whatever is missing.

    NaN is missing, or among whole numbers ``missing``. ``out`` may be memory of the field.
    """
    kind = field.dtype if field.dtype.kind == "f" else np.dtype(np.float64)
    is_missing = _missing(field, missing)
    if is_missing is None:
        total = _sums(field.astype(kind, copy=False), axes, factor)
        total /= _counts(field.shape, axes, factor)
        out[...] = total if kind == field.dtype else np.rint(total)
        return
    total = _sums(np.where(is_missing, 0, field).astype(kind, copy=False), axes, factor)
    held = _sums((~is_missing).view(np.uint8), axes, factor)
    is_empty = held == 0
    total /= np.maximum(held, 1)
    out[...] = total if kind == field.dtype else np.rint(total)
    out[is_empty] = np.nan if field.dtype.kind == "f" else missing


def _missing(field: Values, missing: float | None) -> Values | None:
    """Return which cells hold no value; None where all do."""
    if field.dtype.kind != "f" and missing is None:
        return None
    is_missing: Values = np.isnan(field) if field.dtype.kind == "f" else field == missing
    return is_missing if is_missing.any() else None


def _sums(values: Values, axes: Sequence[int], factor: int) -> Values:
    """Add up what becomes one cell, neighbour by neighbour; the last may stand alone."""
    for axis in axes:
        for _ in range(factor // 2):
            before = (slice(None),) * axis
            first, second = (
                values[(*before, slice(0, None, 2))],
                values[(*before, slice(1, None, 2))],
            )
            if first.shape == second.shape:
                values = first + second
                continue
            values = first.copy()
            values[(*before, slice(0, second.shape[axis]))] += second
    return values


def _counts(shape: Sizes, axes: Sequence[int], factor: int) -> Values:
    """Return how many cells become one, in a shape that goes with that of their sums."""
    counts = np.ones([1] * len(shape), np.uint8)
    for axis in axes:
        along = np.ones([size if at == axis else 1 for at, size in enumerate(shape)], np.uint8)
        counts = counts * _sums(along, [axis], factor)
    return counts
