"""The whole way with the lake on a real S3: harvested, converted, judged, published, read back."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pystac
import xarray as xr

from inlet.cli.boundary import Exit
from sandbox.client import Sandbox
from tests.s3 import S3

WINDOW = ["--start", "2024-01-01", "--end", "2024-01-03"]


def test_a_harvest_into_s3_publishes_cubes_that_open_by_their_links(
    tmp_path: Path, sandbox: Sandbox, s3: S3
) -> None:
    at = {
        "INLET_HOME": str(tmp_path / "home"),
        "INLET_LAKE": f"{s3.bucket()}/inlet",
        "INLET_SANDBOX_URL": sandbox.url,
    }
    _inlet(at, "harvest", "sst", *WINDOW)
    _inlet(at, "census", "sst")

    catalogue = pystac.Catalog.from_file(str(tmp_path / "home" / "catalog" / "catalog.json"))
    items = list(catalogue.get_items(recursive=True))
    assert len(items) == 2
    for item in items:
        href = item.assets["cube"].href
        assert href.startswith(at["INLET_LAKE"])
        cube = xr.open_zarr(href)
        assert not bool(cube["sea_surface_temperature"].isnull().all())


def _inlet(at: Mapping[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "inlet", *arguments],
        env={**os.environ, **at},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == Exit.DONE, done.stdout + done.stderr
