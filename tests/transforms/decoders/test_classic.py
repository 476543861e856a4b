"""How long a classic NetCDF file must be."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from tests.transforms.makers import add
from transforms.decoders.classic import require_whole
from transforms.errors import UnreadableGranule

FORMATS = ("NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA")


@pytest.fixture(params=[(fmt, count) for fmt in FORMATS for count in (1, 2)], ids=str)
def classic(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    fmt, records = request.param
    path = tmp_path / "classic.nc"
    with netCDF4.Dataset(path, "w", format=fmt) as file:
        file.createDimension("time", None)
        file.createDimension("x", 3)
        for number in range(records):
            variable = file.createVariable(f"record{number}", "i2", ("time", "x"))
            variable[0:5] = 1
        add(file, "fixed", ("x",), np.ones(3), units="K")
    return path


def test_a_whole_file_passes(classic: Path) -> None:
    require_whole(classic, "classic")


def test_a_file_that_lacks_its_last_value_does_not(classic: Path) -> None:
    classic.write_bytes(classic.read_bytes()[:-5])

    with pytest.raises(UnreadableGranule, match="truncated"):
        require_whole(classic, "classic")
