"""Daily sea-surface temperature, one NetCDF file a day through 2024."""

from datetime import UTC, datetime, timedelta
from functools import partial

from sandbox.fields import Fields
from sandbox.grids import RegularGrid
from sandbox.holdings.products import NETCDF, Product
from sandbox.netcdf import write_sst

COLLECTION = "sandbox-sst"
FIRST_DAY, DAYS = datetime(2024, 1, 1, tzinfo=UTC), 366
GRID = RegularGrid(1.0, north=89.5, west=-179.5, south=-89.5, east=179.5)
LATENCY = timedelta(hours=30)


def sst_products(fields: Fields) -> tuple[Product, ...]:
    """All days; each is published thirty hours after it began."""
    return tuple(_product(fields, FIRST_DAY + timedelta(days=n)) for n in range(DAYS))


def _product(fields: Fields, day: datetime) -> Product:
    name = f"sandbox-sst-{day:%Y%m%d}"
    published, noon = day + LATENCY, day + timedelta(hours=12)

    def remake(number: int) -> "partial[None]":
        return partial(write_sst, fields=fields.revised(number), grid=GRID, time=noon)

    return Product(
        collection=COLLECTION,
        id=name,
        file_name=f"{name}.nc",
        media_type=NETCDF,
        start=day,
        end=day + timedelta(days=1) - timedelta(seconds=1),
        published=published,
        updated=published,
        source=partial(write_sst, fields=fields, grid=GRID, time=noon),
        title=f"Sandbox sea-surface temperature of {day:%Y-%m-%d}",
        remake=remake,
    )
