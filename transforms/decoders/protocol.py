"""The seam between a format and the cube."""

from collections.abc import Sequence
from typing import Protocol

from transforms.granules import LocalGranule
from transforms.plans import Decoded


class Decoder(Protocol):
    """Knows one format: finds the hypercubes in its granules, and reads them slab by slab."""

    def claims(self, head: bytes) -> bool:
        """Return whether the first bytes of a file are this format's."""
        ...

    def plan(self, granules: Sequence[LocalGranule]) -> Decoded:
        """Plan the hypercubes over all granules together; values stay at rest until read.

        Raises:
            UnreadableGranule: a granule is truncated or corrupt.
            UnsupportedGrid: no field lies on a grid that a cube can keep.
        """
        ...
