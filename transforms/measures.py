"""What one field amounts to, measured block by block while the block is in the cache."""

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf, nan, sqrt

import crc32c
import numpy as np

from transforms.plans import Measured, Values

BLOCK = 1 << 16
"""Values that are handled together: their float64 copies fit the cache of one core."""
DIGEST_BYTES = 8


@dataclass(slots=True)
class Moments:
    """Count, extremes, mean and squared distances, gathered block by block (Chan et al. 1983)."""

    held: int = 0
    minimum: float = inf
    maximum: float = -inf
    mean: float = 0.0
    squares: float = 0.0

    def add(self, block: Values) -> None:
        """Take in values, none of them missing."""
        if not block.size:
            return
        values = block.astype(np.float64, copy=False)
        mean = float(values.mean())
        away = values - mean
        apart = mean - self.mean
        held = self.held + values.size
        # Not a dot product: BLAS would start threads of its own
        self.squares += float(np.einsum("i,i->", away, away))
        self.squares += apart * apart * self.held * (values.size / held)
        self.mean += apart * (values.size / held)
        self.minimum = min(self.minimum, float(block.min()))
        self.maximum = max(self.maximum, float(block.max()))
        self.held = held

    def scaled(self, scale: float, offset: float) -> "Moments":
        """Return the moments of ``value * scale + offset``."""
        low, high = sorted(end * scale + offset for end in (self.minimum, self.maximum))
        mean, squares = self.mean * scale + offset, self.squares * scale * scale
        return Moments(self.held, low, high, mean, squares)

    @property
    def std(self) -> float:
        """The standard deviation of the population."""
        return sqrt(self.squares / self.held) if self.held else nan


def measured(
    field: Values,
    fill: float | None,
    scale: float = 1.0,
    offset: float = 0.0,
    *,
    clipped: int = 0,
) -> Measured:
    """Measure a field that is to be written; NaN, or else ``fill``, stands for no value.

    A packed value means ``value * scale + offset``. ``clipped`` is told on.
    """
    moments, checksum = Moments(), 0
    for block in blocks(np.ascontiguousarray(field).reshape(-1)):
        moments.add(_held(block, fill))
        checksum = crc32c.crc32c(block.data, checksum)
    if moments.held and (scale, offset) != (1.0, 0.0):
        moments = moments.scaled(scale, offset)
    return replace(summary(field.size, moments, checksum), clipped=clipped)


def summary(count: int, moments: Moments, checksum: int) -> Measured:
    """Return the measures of a field of ``count`` cells, ``checksum`` being that of its bytes."""
    missing = count - moments.held
    if not moments.held:
        return Measured(count, missing, nan, nan, nan, nan, "")
    low, high = moments.minimum, moments.maximum
    about = struct.pack("<IQQdd", checksum, count, missing, low, high)
    digest = hashlib.blake2b(about, digest_size=DIGEST_BYTES).hexdigest()
    return Measured(count, missing, low, high, moments.mean, moments.std, digest)


def blocks(flat: Values) -> Iterator[Values]:
    """Cut a flat array into blocks."""
    for at in range(0, flat.size, BLOCK):
        yield flat[at : at + BLOCK]


def _held(block: Values, fill: float | None) -> Values:
    if block.dtype.kind == "f":
        is_missing = np.isnan(block)
        return block[~is_missing] if is_missing.any() else block
    if fill is None or not block.min() <= fill <= block.max():
        return block
    held: Values = block[block != fill]
    return held
