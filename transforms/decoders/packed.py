"""Values held as whole numbers: value = (reference + number * 2^E) * 10^-D (WMO FM 92, section 5).

Numbers are measured and scaled block by block, each once, on their way to the place where they are
needed. The arithmetic is ecCodes' own, so every value is the same to the last bit.
"""

import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import sqrt
from typing import Any

import crc32c
import numpy as np
from numpy.typing import NDArray

from transforms.decoders import libaec
from transforms.fields import Packing
from transforms.grids.arrangement import Arrangement
from transforms.measures import BLOCK, Moments, summary
from transforms.plans import Measured, Values

SIMPLE, CCSDS = 0, 42
"""Data representation templates 5.0 and 5.42."""
REFERENCE_TIME = struct.Struct(">xxxxxxxxxxxxHBBBBB")
COMMON = struct.Struct(">xxxxxIHfHHBB")
CCSDS_TAIL = struct.Struct(">BBH")
WHOLE_BYTES = {8: ">u1", 16: ">u2", 32: ">u4"}
EXACT_BITS = 16
"""Squares of numbers up to here add up exactly in the float64 sum of a block."""
MOST_EXPONENT = 300
"""Beyond this, powers of two or ten have no meaning in any field, or no float64."""
MOST_STEPS = 2.0**53
"""Beyond this many steps from zero, neighbouring floats are further apart than one step."""
SIGN_16 = 0x8000
BITMAP_HERE, NO_BITMAP = 0, 255
HEAD_BYTES, BITMAP_HEAD_BYTES = 5, 6

Numbers = libaec.Numbers
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scale:
    """The three numbers between a whole number and the value that it stands for."""

    reference: float
    step: float
    factor: float

    def rounded(self) -> "Scale":
        """Return the scale whose values are the nearest multiples of the step."""
        steps = self.reference / self.step
        if abs(steps) > MOST_STEPS:
            return self
        return replace(self, reference=float(np.rint(steps)) * self.step)

    def apply(self, numbers: NDArray[np.float64]) -> None:
        """Turn numbers into values in place, in the order in which ecCodes does."""
        if self.step != 1.0:
            np.multiply(numbers, self.step, out=numbers)
        np.add(numbers, self.reference, out=numbers)
        if self.factor != 1.0:
            np.multiply(numbers, self.factor, out=numbers)

    def value(self, number: float) -> float:
        """Return the value of one number, or of a mean of numbers."""
        return (number * self.step + self.reference) * self.factor


@dataclass(frozen=True, slots=True)
class Representation:
    """What section 5 of a GRIB 2 field says, where it is one of the two plain packings."""

    template: int
    count: int
    bits: int
    scale: Scale
    block_size: int = 0
    interval: int = 0
    flags: int = 0

    @property
    def packing_step(self) -> float:
        """How far neighbouring values lie apart."""
        return self.scale.step * self.scale.factor

    def packing(self) -> Packing:
        """Return how finely, and up to which magnitude, values are held."""
        ends = (self.scale.value(0.0), self.scale.value(2.0**self.bits - 1))
        return Packing(self.packing_step, max(map(abs, ends)))

    def numbers(self, payload: bytes | memoryview) -> Numbers | None:
        """Return the whole numbers of section 7; None where ecCodes has to read them."""
        if self.template == CCSDS:
            return libaec.decode(
                payload, self.count, self.bits, self.block_size, self.interval, self.flags
            )
        kind = WHOLE_BYTES.get(self.bits)
        if kind is None or len(payload) < self.count * self.bits // 8:
            return None
        plain = np.frombuffer(payload, kind, self.count)
        return plain.astype(plain.dtype.newbyteorder("="), copy=False)


def reference_seconds(section: bytes) -> int | None:
    """Read the reference time of section 1 in seconds since 1970; None where it is no date."""
    try:
        year, month, day, hour, minute, second = REFERENCE_TIME.unpack_from(section)
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (ValueError, struct.error):
        return None
    return int(moment.timestamp())


def representation(section: bytes) -> Representation | None:
    """Read section 5 of a GRIB 2 message; None where it is packed otherwise, or constant."""
    if len(section) < COMMON.size:
        return None
    count, template, reference, binary, decimal, bits, kind = COMMON.unpack_from(section)
    if template not in {SIMPLE, CCSDS} or not bits or kind > 1 or not np.isfinite(reference):
        return None
    if max(abs(_signed(binary)), abs(_signed(decimal))) > MOST_EXPONENT:
        return None
    scale = Scale(reference, 2.0 ** _signed(binary), power_of_ten(-_signed(decimal)))
    plain = Representation(template, count, bits, scale)
    if template == SIMPLE:
        return plain
    if len(section) < COMMON.size + CCSDS_TAIL.size:
        return None
    flags, block_size, interval = CCSDS_TAIL.unpack_from(section, COMMON.size)
    return replace(plain, flags=flags, block_size=block_size, interval=interval)


def bitmap(section: bytes, points: int, count: int) -> Mask | None:
    """Return which of the points have a value, from section 6.

    Raises:
        ValueError: the bitmap is not here, or does not fit the number of values.
    """
    indicator = section[HEAD_BYTES]
    if indicator == NO_BITMAP and count == points:
        return None
    if indicator != BITMAP_HERE or len(section) - BITMAP_HEAD_BYTES < -(-points // 8):
        raise ValueError(f"a bitmap of kind {indicator} for {points} points")
    bits = np.frombuffer(section, np.uint8, offset=BITMAP_HEAD_BYTES)
    mask = np.unpackbits(bits, count=points).view(np.bool_)
    if int(np.count_nonzero(mask)) != count:
        raise ValueError(f"a bitmap that leaves other than {count} values")
    return mask


def power_of_ten(exponent: int) -> float:
    """Return a power of ten as ecCodes multiplies it out: not always the nearest float."""
    power = 1.0
    for _ in range(abs(exponent)):
        power = power * 10.0 if exponent > 0 else power / 10.0
    return power


def fill(
    out: Values, numbers: Numbers, mask: Mask | None, scale: Scale, arrangement: Arrangement
) -> Measured:
    """Fill a field with the values of its numbers, in its grid's order, and measure it."""
    placed = arrangement.arrange(numbers if mask is None else _spread(numbers, mask))
    missing = None if mask is None else ~arrangement.arrange(mask)
    is_exact = numbers.dtype.itemsize * 8 <= EXACT_BITS
    sums, moments, checksum = Sums(), Moments(), 0
    rows = max(1, BLOCK * placed.shape[0] // placed.size)
    buffer = np.empty((min(rows, placed.shape[0]), *placed.shape[1:]))
    for at in range(0, placed.shape[0], rows):
        part = slice(at, at + rows)
        values = buffer[: placed[part].shape[0]]
        np.copyto(values, placed[part])
        if is_exact:
            sums.add(values.reshape(-1))
        scale.apply(values)
        if missing is not None:
            values[missing[part]] = np.nan
        out[part] = values
        if not is_exact:
            held = out[part].astype(np.float64).reshape(-1)
            moments.add(held[~np.isnan(held)])
        checksum = crc32c.crc32c(np.ascontiguousarray(out[part]).data, checksum)
    if is_exact:
        moments = sums.moments(numbers, scale, out.dtype)
    return summary(out.size, moments, checksum)


@dataclass(slots=True)
class Sums:
    """Sums of numbers of up to 16 bits and of their squares, both exact."""

    total: int = 0
    squares: int = 0

    def add(self, block: NDArray[np.float64]) -> None:
        """Take in a block; the zeros of missing cells add nothing."""
        self.total += int(block.sum())
        self.squares += int(np.einsum("i,i->", block, block))

    def moments(self, numbers: Numbers, scale: Scale, dtype: np.dtype[Any]) -> Moments:
        """Return the moments of the values; extremes are those of the values as written."""
        count = numbers.size
        low, high = (
            float(dtype.type(scale.value(float(end)))) for end in (numbers.min(), numbers.max())
        )
        away = sqrt(count * self.squares - self.total**2) / count * scale.step * scale.factor
        return Moments(count, low, high, scale.value(self.total / count), away * away * count)


def _spread(numbers: Numbers, mask: Mask) -> Numbers:
    spread = np.zeros(mask.size, numbers.dtype)
    spread[mask] = numbers
    return spread


def _signed(word: int) -> int:
    """Return a number that GRIB holds as a sign and a magnitude."""
    return SIGN_16 - word if word >= SIGN_16 else word
