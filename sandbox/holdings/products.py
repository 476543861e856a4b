"""A product that a catalogue offers: what is known of it before its bytes are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from sandbox.shelf import AtRest, Maker, Shelf

GRIB1, GRIB2 = "application/x-grib", "application/wmo-GRIB2"
NETCDF, HDF5, ZIP = "application/x-netcdf", "application/x-hdf5", "application/zip"

MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".grib": GRIB1,
        ".grb": GRIB1,
        ".grib2": GRIB2,
        ".grb2": GRIB2,
        ".nc": NETCDF,
        ".nc4": NETCDF,
        ".h5": HDF5,
    }
)
"""By suffix, which is all that a provider usually looks at."""


@dataclass(frozen=True, slots=True)
class Product:
    """``start`` and ``end`` are the times of the data, ``updated`` of the publication.

    ``source`` is a file that exists, or how to make one.
    """

    collection: str
    id: str
    file_name: str
    media_type: str
    start: datetime
    end: datetime
    published: datetime
    updated: datetime
    source: Maker | Path
    title: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    def at_rest(self, shelf: Shelf, *, torn: bool = False) -> AtRest:
        """The bytes; a file that was changed is measured again."""
        key = f"{self.collection}/{self.id}/{self.updated.isoformat()}"
        return shelf.get(key, self.source, torn=torn)
