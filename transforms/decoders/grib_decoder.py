"""GRIB granules as hypercubes."""

from collections.abc import Mapping, Sequence

import numpy as np

from transforms.decoders.framing import MAGIC
from transforms.decoders.grib_index import Indexer
from transforms.decoders.grib_slabs import GribSlabs, decoded
from transforms.descriptions import describe
from transforms.fields import Field
from transforms.granules import LocalGranule
from transforms.hypercubes import gather
from transforms.plans import Decoded, Index


class GribDecoder:
    """Decodes GRIB 1 and 2."""

    def claims(self, head: bytes) -> bool:
        """Return whether a GRIB message begins within the head of a file."""
        return MAGIC in head

    def plan(self, granules: Sequence[LocalGranule]) -> Decoded:
        """Index every message once and gather the fields into hypercubes; see ``Decoder``."""
        index = Indexer().index(granules)

        def slabs(slots: Mapping[Index, Field]) -> GribSlabs:
            return GribSlabs({at: index.places[field.message] for at, field in slots.items()})

        def holds_same_values(first: Field, second: Field) -> bool:
            one, other = (decoded(index.places[field.message]) for field in (first, second))
            return np.array_equal(one, other, equal_nan=True)

        gatherings, doubles = gather(index.fields, holds_same_values)
        return Decoded(
            tuple(describe(g, index.grids[g.members[0].key.grid], slabs) for g in gatherings),
            index.fields_read,
            (*index.left_out, *doubles),
        )
