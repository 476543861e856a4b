"""Two grids are one where their points, their order and their mapping agree."""

import hashlib
import json
from collections.abc import Iterable

import numpy as np

from transforms.plans import Attributes, Coordinate


def identity(kind: str, mapping: Attributes, coordinates: Iterable[Coordinate]) -> str:
    """Return a short digest over all that tells one grid from another."""
    digest = hashlib.sha256(json.dumps([kind, dict(mapping)], sort_keys=True).encode())
    for coordinate in coordinates:
        digest.update(coordinate.name.encode())
        digest.update(np.ascontiguousarray(coordinate.values).tobytes())
    return digest.hexdigest()[:16]
