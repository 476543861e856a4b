"""Satellite products as the Copernicus Data Space lists them: zipped folders and single files."""

import uuid
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sandbox.fields import Fields
from sandbox.grids import RegularGrid
from sandbox.holdings.products import NETCDF, ZIP, Product
from sandbox.netcdf import write_sst

FIRST_DAY, DAYS = datetime(2024, 1, 1, tzinfo=UTC), 60
GRID = RegularGrid(2.0, north=89, west=-179, south=-89, east=179)
_NAMESPACE = uuid.UUID("6f1f7a9e-6c1d-5f0e-9c52-0d6a3a7b1c2d")
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def cdse_products(fields: Fields) -> tuple[Product, ...]:
    """Two a day: SENTINEL-3 ``SL_2_WST___`` (a zip) and SENTINEL-5P ``L2__AER_AI`` (one file)."""
    days = [FIRST_DAY + timedelta(days=n) for n in range(DAYS)]
    return tuple(p for day in days for p in (_slstr(fields, day), _tropomi(fields, day)))


def _slstr(fields: Fields, day: datetime) -> Product:
    name = f"S3A_SL_2_WST____{day:%Y%m%d}T090000_{day:%Y%m%d}T103000_SBX_O_NT_003.SEN3"
    nine = day + timedelta(hours=9)

    def make(number: int) -> "partial[None]":
        return partial(_write_zip, folder=name, fields=fields.revised(number), time=nine)

    return _product("SENTINEL-3", "SL_2_WST___", name, ZIP, make, nine)


def _tropomi(fields: Fields, day: datetime) -> Product:
    name = f"S5P_OFFL_L2__AER_AI_{day:%Y%m%d}T120000_{day:%Y%m%d}T133000_SBX_03_020600.nc"
    noon = day + timedelta(hours=12)

    def make(number: int) -> "partial[None]":
        return partial(write_sst, fields=fields.revised(number), grid=GRID, time=noon)

    return _product("SENTINEL-5P", "L2__AER_AI", name, NETCDF, make, noon)


def _product(
    collection: str,
    kind: str,
    name: str,
    media_type: str,
    make: Callable[[int], "partial[None]"],
    start: datetime,
) -> Product:
    return Product(
        collection=collection,
        id=str(uuid.uuid5(_NAMESPACE, name)),
        file_name=f"{name}.zip" if media_type == ZIP else name,
        media_type=media_type,
        start=start,
        end=start + timedelta(minutes=90),
        published=start + timedelta(hours=20),
        updated=start + timedelta(hours=20, minutes=5),
        source=make(0),
        title=name,
        attributes={"productType": kind, "platformShortName": collection, "origin": "SANDBOX"},
        remake=make,
    )


def _write_zip(path: Path, folder: str, fields: Fields, time: datetime) -> None:
    inner = path.with_suffix(".nc")
    write_sst(inner, fields, GRID, time)
    members = (("xfdumanifest.xml", b"<xfdu/>\n"), ("L2P.nc", inner.read_bytes()))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(f"{folder}/{name}", _ZIP_EPOCH), content)
    inner.unlink()
