"""Memory for one slab at a time, which each thread keeps for its next.

Fresh memory costs about as much time as filling it, and the allocator keeps what it is given back.
"""

import threading
from math import prod
from typing import Any

import numpy as np

from transforms.plans import Values
from transforms.tiling import Sizes


class Staging(threading.local):
    """Lends each thread its own slab."""

    def __init__(self) -> None:
        self._memory = np.empty(0, np.uint8)

    def slab(self, shape: Sizes, dtype: np.dtype[Any]) -> Values:
        """Return an array with arbitrary content, good until this thread's next call."""
        wanted = prod(shape) * dtype.itemsize
        if self._memory.nbytes < wanted:
            self._memory = np.empty(0, np.uint8)
            self._memory = np.empty(wanted, np.uint8)
        return self._memory[:wanted].view(dtype).reshape(shape)
