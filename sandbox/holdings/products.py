"""A product that a catalogue offers: what is known of it before its bytes are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from sandbox.shelf import AtRest, Shelf, Source

GRIB1, GRIB2 = "application/x-grib", "application/wmo-GRIB2"
NETCDF, HDF5, ZIP = "application/x-netcdf", "application/x-hdf5", "application/zip"
TAR, TAR_GZIP = "application/x-tar", "application/gzip"

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

    ``remake`` gives the bytes of a later revision by its number; without it there is none.
    ``edition`` tells apart what differs in its bytes and in nothing else.
    """

    collection: str
    id: str
    file_name: str
    media_type: str
    start: datetime
    end: datetime
    published: datetime
    updated: datetime
    source: Source
    title: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    remake: Callable[[int], Source] | None = None
    edition: str = ""

    @property
    def path(self) -> str:
        """What faults of this product are held against."""
        return f"{self.collection}/{self.id}"

    def at_rest(self, shelf: Shelf) -> AtRest:
        """The bytes; a file that was changed is measured again."""
        key = f"{self.path}/{self.updated.isoformat()}/{self.edition}"
        return shelf.get(key, self.source)
