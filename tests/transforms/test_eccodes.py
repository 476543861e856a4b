"""The ecCodes trap: newer wheels kill the process when other extensions are imported later."""

import itertools
import subprocess
import sys
from importlib.metadata import version

import pytest

OTHERS = ("pyproj", "psycopg", "great_expectations", "eodag", "netCDF4", "xarray")


def test_eccodes_is_the_version_that_keeps_its_libraries_to_itself() -> None:
    assert version("eccodes") == "2.42.0"


@pytest.mark.parametrize("order", [OTHERS, OTHERS[::-1]], ids=["forwards", "backwards"])
def test_other_extensions_survive_after_the_decoder(order: tuple[str, ...]) -> None:
    code = "import transforms.decoders.grib\n" + "\n".join(f"import {name}" for name in order)
    use = "\nimport pyproj; pyproj.Transformer.from_crs(4326, 3857).transform(50, 7)"

    done = subprocess.run([sys.executable, "-c", code + use], check=False, capture_output=True)

    assert done.returncode == 0, done.stderr.decode()[-2000:]


def test_the_decoder_survives_after_the_others() -> None:
    code = "\n".join(f"import {name}" for name in itertools.chain(OTHERS, ["eccodes"]))

    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)

    assert done.returncode == 0, done.stderr.decode()[-2000:]
