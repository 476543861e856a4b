"""The fields of one variable, read from where they lie in GRIB files.

Fields in the two plain packings of GRIB 2 are taken apart here, on the way to the cube. All
others, and all that is odd in any way, are left to ecCodes; so is the reading back, which thereby
compares two decoders.
"""

from collections.abc import Mapping
from itertools import product

import numpy as np

from transforms.decoders import packed
from transforms.decoders.grib import opened
from transforms.decoders.grib_index import Place
from transforms.decoders.grouped import Groups
from transforms.errors import UnreadableGranule
from transforms.measures import measured
from transforms.plans import Index, Measured, Region, Values

REPRESENTATION, BITMAP, PAYLOAD = 5, 6, 7


class GribSlabs:
    """Reads the fields of one variable; ``places`` are by their place before the grid's axes."""

    def __init__(self, places: Mapping[Index, Place]) -> None:
        self._places = places

    def read(self, region: Region, out: Values) -> None:
        """Decode every field of the region into its place by ecCodes; see ``SlabReader``."""
        outer = region[: len(next(iter(self._places)))]
        for index in product(*(range(part.start, part.stop) for part in outer)):
            if index in self._places:
                within = tuple(i - part.start for i, part in zip(index, outer, strict=True))
                out[within] = decoded(self._places[index])

    def read_field(self, index: Index, out: Values, *, is_rounded: bool) -> Measured | None:
        """Decode and measure one field; see ``FieldReader``."""
        place = self._places.get(index)
        if place is None:
            return None
        return _taken_apart(place, out, is_rounded) or _by_eccodes(place, out, is_rounded)

    def packing_step(self, index: Index) -> float:
        """Return how far packed values lie apart; see ``FieldReader``."""
        place = self._places.get(index)
        return place.step if place else 0.0


def decoded(place: Place) -> Values:
    """Return the values of one field, arranged on its grid; missing ones are NaN.

    Raises:
        UnreadableGranule: the message cannot be decoded, or not into as many values as its grid.
    """
    _require_groups(place)
    with opened(place.read(), place.where) as message:
        values = message.values()
    expected = int(np.prod(place.arrangement.shape))
    if values.size != expected:
        raise UnreadableGranule(
            f"expected {expected} values at {place.where}, came {values.size};"
            " fetch the granule again"
        )
    return place.arrangement.arrange(values)


def _require_groups(place: Place) -> None:
    sections = place.read_sections(REPRESENTATION, PAYLOAD)
    groups = None if sections is None else Groups.of(sections[0])
    if sections is None or groups is None:
        return
    payload = memoryview(sections[1])[packed.HEAD_BYTES :]
    needed = groups.bytes_needed(payload)
    if needed > len(payload):
        raise UnreadableGranule(
            f"expected {needed} bytes of packed values at {place.where}, came {len(payload)};"
            " fetch the granule again"
        )


def _taken_apart(place: Place, out: Values, is_rounded: bool) -> Measured | None:
    """Fill ``out`` without ecCodes; None, and ``out`` untouched, where the field is not plain."""
    sections = place.read_sections(REPRESENTATION, BITMAP, PAYLOAD)
    if sections is None:
        return None
    head, bits, payload = sections
    plain = packed.representation(head)
    if plain is None:
        return None
    try:
        mask = packed.bitmap(bits, out.size, plain.count)
    except ValueError:
        return None
    numbers = plain.numbers(memoryview(payload)[packed.HEAD_BYTES :])
    if numbers is None:
        return None
    scale = plain.scale.rounded() if is_rounded else plain.scale
    return packed.fill(out, numbers, mask, scale, place.arrangement)


def _by_eccodes(place: Place, out: Values, is_rounded: bool) -> Measured:
    values = decoded(place)
    if is_rounded and np.nanmax(np.abs(values), initial=0.0) < place.step * packed.MOST_STEPS:
        values = np.rint(values / place.step) * place.step
    out[...] = values
    return measured(out, None)
