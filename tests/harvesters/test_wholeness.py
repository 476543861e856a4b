from pathlib import Path

import pytest

from harvesters import sniff, wholeness
from harvesters.errors import TornTransfer
from tests.harvesters.samples import grib1, grib2, hdf5

WHOLE = {
    "one": (grib2(b"x" * 50), sniff.GRIB),
    "several": (grib2(b"x" * 50) + grib1() + grib2(), sniff.GRIB),
    "padded": (grib2(b"x" * 50) + bytes(100) + grib2() + bytes(30), sniff.GRIB),
    "hdf5": (hdf5(end=96, size=96), sniff.NETCDF),
    "netcdf3": (b"CDF\x01" + bytes(80), sniff.NETCDF),
}


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_whole_file_passes(tmp_path: Path, name: str) -> None:
    content, media_type = WHOLE[name]
    file = tmp_path / name
    file.write_bytes(content)

    wholeness.require_whole(file, media_type)


@pytest.mark.parametrize("name", ["one", "several", "hdf5"])
@pytest.mark.parametrize("lost", [1, 4, 15])
def test_a_file_that_lost_its_end_is_torn(tmp_path: Path, name: str, lost: int) -> None:
    content, media_type = WHOLE[name]
    file = tmp_path / name
    file.write_bytes(content[:-lost])

    with pytest.raises(TornTransfer, match="by the file's own account"):
        wholeness.require_whole(file, media_type)
