"""The cheapest products: one small GRIB message every six hours, for tests that turn pages.

One message is encoded; each tick is a copy with its own reference time (section 1) and its own
reference value (section 5), so that no two are alike (WMO Manual on Codes, FM 92).
"""

import struct
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial

from sandbox.fields import Fields, Moment
from sandbox.grib import Label, Template, message
from sandbox.grids import RegularGrid
from sandbox.holdings.products import GRIB2, Product
from sandbox.quantities import SURFACE, hours_since_epoch

COLLECTION = "sandbox-ticks"
FIRST, COUNT = datetime(2024, 1, 1, tzinfo=UTC), 360
SPACING, LATENCY = timedelta(hours=6), timedelta(hours=3)
GRID = RegularGrid(30.0)

_SECTION_0_BYTES = 16
_TIME_IN_SECTION_1, _REFERENCE_IN_SECTION_5 = 12, 11
_KELVIN_A_REVISION = 0.5


def tick_products(fields: Fields) -> tuple[Product, ...]:
    """All ticks; each is published three hours after its time."""
    return tuple(_product(fields, FIRST + n * SPACING) for n in range(COUNT))


def tick(fields: Fields, time: datetime, revision: int = 0) -> bytes:
    """One message of 2 m temperature at ``time``."""
    pattern, section_5 = _pattern(fields)
    content = bytearray(pattern)
    at = _SECTION_0_BYTES + _TIME_IN_SECTION_1
    struct.pack_into(">HBBBBB", content, at, *time.timetuple()[:6])
    at = section_5 + _REFERENCE_IN_SECTION_5
    (kelvin,) = struct.unpack_from(">f", content, at)
    minutes = (time - FIRST) // timedelta(minutes=1)
    warmer = minutes % 1009 / 1009 + _KELVIN_A_REVISION * revision
    struct.pack_into(">f", content, at, kelvin + warmer)
    return bytes(content)


@lru_cache(maxsize=8)
def _pattern(fields: Fields) -> tuple[bytes, int]:
    """The message that all are copies of, and where its section 5 begins."""
    quantity = SURFACE["2m_temperature"]
    values = quantity.values(fields, GRID, Moment(hours_since_epoch(FIRST)))
    pattern = message(Template(2, GRID, ()), Label(quantity.param_id, FIRST), values)
    at = _SECTION_0_BYTES
    while pattern[at + 4] != 5:  # noqa: PLR2004 - a section's number is its fifth octet
        at += int.from_bytes(pattern[at : at + 4], "big")
    return pattern, at


def _product(fields: Fields, time: datetime) -> Product:
    name, published = f"tick-{time:%Y%m%dT%H%M}", time + LATENCY
    return Product(
        collection=COLLECTION,
        id=name,
        file_name=f"{name}.grib2",
        media_type=GRIB2,
        start=time,
        end=time,
        published=published,
        updated=published,
        source=tick(fields, time),
        title=name,
        attributes={"productType": "TICK", "origin": "SANDBOX"},
        remake=partial(tick, fields, time),
    )
