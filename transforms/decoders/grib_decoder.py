"""GRIB granules as hypercubes."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import numpy as np

from transforms.decoders.framing import MAGIC
from transforms.decoders.grib import opened
from transforms.decoders.grib_index import Indexer, Place
from transforms.descriptions import describe
from transforms.errors import UnreadableGranule
from transforms.fields import Field
from transforms.granules import LocalGranule
from transforms.hypercubes import gather
from transforms.outer_axes import Index
from transforms.plans import Decoded, Region, Values


class GribSlabs:
    """Reads the fields of one variable, several at a time."""

    def __init__(self, places: Mapping[Index, Place], threads: int) -> None:
        self._places = places
        self._threads = threads

    def read(self, region: Region, out: Values) -> None:
        """Decode every field of the region into its place; see ``SlabReader``."""
        outer = region[: len(next(iter(self._places)))]
        wanted = [
            index
            for index in product(*(range(part.start, part.stop) for part in outer))
            if index in self._places
        ]

        def decode(index: Index) -> None:
            within = tuple(i - part.start for i, part in zip(index, outer, strict=True))
            out[within] = decoded(self._places[index])

        if len(wanted) == 1:
            decode(wanted[0])
            return
        with ThreadPoolExecutor(self._threads) as pool:
            for _ in pool.map(decode, wanted):
                pass


class GribDecoder:
    """Decodes GRIB 1 and 2 on ``threads`` threads."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    def claims(self, head: bytes) -> bool:
        """Return whether a GRIB message begins within the head of a file."""
        return MAGIC in head

    def plan(self, granules: Sequence[LocalGranule]) -> Decoded:
        """Index every message once and gather the fields into hypercubes; see ``Decoder``."""
        index = Indexer().index(granules)

        def slabs(slots: Mapping[Index, Field]) -> GribSlabs:
            places = {at: index.places[field.message] for at, field in slots.items()}
            return GribSlabs(places, self._threads)

        def holds_same_values(first: Field, second: Field) -> bool:
            one, other = (decoded(index.places[field.message]) for field in (first, second))
            return np.array_equal(one, other, equal_nan=True)

        gatherings, doubles = gather(index.fields, holds_same_values)
        return Decoded(
            tuple(describe(g, index.grids[g.members[0].key.grid], slabs) for g in gatherings),
            index.fields_read,
            (*index.left_out, *doubles),
        )


def decoded(place: Place) -> Values:
    """Return the values of one field, arranged on its grid; missing ones are NaN.

    Raises:
        UnreadableGranule: the message cannot be decoded, or not into as many values as its grid.
    """
    with opened(place.read(), place.where) as message:
        values = message.values()
    expected = int(np.prod(place.arrangement.shape))
    if values.size != expected:
        raise UnreadableGranule(
            f"expected {expected} values at {place.where}, came {values.size};"
            " fetch the granule again"
        )
    return place.arrangement.arrange(values)
