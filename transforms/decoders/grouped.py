"""Complex packing (WMO FM 92, templates 5.2 and 5.3): numbers in groups, each of its own width.

ecCodes does not ask whether section 7 holds all that its groups need, and reads on past its end,
where whatever lies in memory becomes values.
"""

import struct
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

COMPLEX, DIFFERENCED = 2, 3
"""Data representation templates 5.2 and 5.3."""
HEAD = struct.Struct(">9xH8xBx10xIBBIBIB")
DIFFERENCES = struct.Struct(">BB")


@dataclass(frozen=True, slots=True)
class Groups:
    """What section 5 says of the groups of a field; lengths are in values, widths in bits."""

    first_bytes: int  # of the values before the differences, at the head of section 7
    reference_bits: int
    count: int
    least_width: int
    width_bits: int
    least_length: int
    length_step: int
    last_length: int
    length_bits: int

    @classmethod
    def of(cls, section: bytes) -> Self | None:
        """Read section 5 of a GRIB 2 message; None where it is packed otherwise, or cut off."""
        if len(section) < HEAD.size:
            return None
        template, *said = HEAD.unpack_from(section)
        if template == COMPLEX:
            return cls(0, *said)
        if template != DIFFERENCED or len(section) < HEAD.size + DIFFERENCES.size:
            return None
        order, octets = DIFFERENCES.unpack_from(section, HEAD.size)
        return cls((order + 1) * octets if order else 0, *said)

    def bytes_needed(self, payload: bytes | memoryview) -> int:
        """Return how long section 7 has to be after its head, judged by what is there of it."""
        widths_at = self.first_bytes + self._octets(self.reference_bits)
        lengths_at = widths_at + self._octets(self.width_bits)
        values_at = lengths_at + self._octets(self.length_bits)
        if values_at > len(payload) or not self.count:
            return values_at
        widths = self.least_width + self._listed(payload, widths_at, self.width_bits)
        scaled = self._listed(payload, lengths_at, self.length_bits)
        lengths = self.least_length + self.length_step * scaled
        # As floats: what is absurd is only too long then, and neither overflows nor fills memory
        bits = widths * lengths
        before_last = bits[:-1].sum() if bits.size == self.count else bits[0] * (self.count - 1)
        return values_at + int(-(-(before_last + widths[-1] * self.last_length) // 8))

    def _octets(self, bits: int) -> int:
        return -(-self.count * bits // 8)

    def _listed(self, payload: bytes | memoryview, at: int, bits: int) -> NDArray[np.float64]:
        """Return the numbers that are listed from there, one for each group; one 0 if none are."""
        if not bits:
            return np.zeros(1)
        octets = np.frombuffer(payload, np.uint8, self._octets(bits), at)
        digits = np.unpackbits(octets, count=self.count * bits).reshape(self.count, bits)
        numbers = np.zeros(self.count)
        for digit in digits.T:
            numbers = numbers * 2 + digit
        return numbers
