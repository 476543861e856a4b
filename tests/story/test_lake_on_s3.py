"""The whole way with the lake on a real S3: harvested, converted, judged, published, read back."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

from inlet.house import opened
from inlet.settings import Settings
from lake.ledger.items import published
from sandbox.client import Sandbox
from tests.s3 import S3

WINDOW = ["--start", "2024-02-01", "--end", "2024-02-03"]


def test_a_harvest_into_s3_publishes_cubes_that_open_by_their_links(
    tmp_path: Path, sandbox: Sandbox, s3: S3
) -> None:
    settings = Settings(
        home=tmp_path / "home", lake=f"{s3.bucket()}/inlet", sandbox_url=sandbox.url
    )
    known = {
        "INLET_HOME": str(settings.home),
        "INLET_LAKE": settings.lake,
        "INLET_SANDBOX_URL": settings.sandbox_url,
    }
    for command in (["harvest", "sst", *WINDOW], ["census", "sst"]):
        done = subprocess.run(
            [sys.executable, "-m", "inlet", *command],
            env={**os.environ, **known},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    with opened(settings) as house, house.ledger.begin() as tx:
        items = published(tx, "sst")
