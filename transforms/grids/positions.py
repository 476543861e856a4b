"""True latitudes and longitudes as coordinates."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from transforms.plans import Coordinate

LATITUDE = {"standard_name": "latitude", "long_name": "latitude", "units": "degrees_north"}
LONGITUDE = {"standard_name": "longitude", "long_name": "longitude", "units": "degrees_east"}


def positions(
    dimensions: tuple[str, ...], latitudes: NDArray[Any], longitudes: NDArray[Any]
) -> tuple[Coordinate, Coordinate]:
    """Return auxiliary coordinates of a grid whose axes are not latitude and longitude."""
    return (
        Coordinate("latitude", dimensions, np.ascontiguousarray(latitudes), LATITUDE),
        Coordinate("longitude", dimensions, np.ascontiguousarray(longitudes), LONGITUDE),
    )
