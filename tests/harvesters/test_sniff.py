import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from harvesters import sniff
from harvesters.errors import NotAProduct
from tests.harvesters.samples import grib1, grib2


def tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as opened:
        opened.addfile(tarfile.TarInfo("a"))
    return buffer.getvalue()


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("a", b"a")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (grib2(), sniff.GRIB),
        (grib1(), sniff.GRIB1),
        (b"\x01\r\r\n012\r\r\nHTXE KWBC 010000\r\r\n" + grib2(), sniff.GRIB),
        (b"\x89HDF\r\n\x1a\n" + bytes(20), sniff.NETCDF),
        (b"CDF\x01" + bytes(20), sniff.NETCDF),
        (b"CDF\x05" + bytes(20), sniff.NETCDF),
        (zipped(), sniff.ZIP),
        (tar(), sniff.TAR),
        (gzip.compress(b"a"), sniff.GZIP),
        (b"\n<!DOCTYPE html><html>", sniff.HTML),
        (b"<html><body>GRIB", sniff.HTML),
        (b'{"status": "queued"}', sniff.JSON),
        (b"<?xml version='1.0'?><Error/>", sniff.XML),
        (b"GRIB is a format", sniff.TEXT),
        ("température".encode(), sniff.TEXT),
        (b"\x00\x01\x02", sniff.UNKNOWN),
        (b"\xff\xfe\xfd", sniff.UNKNOWN),
        (b"\xff\xfe\xfd" * 1000, sniff.UNKNOWN),
        (("é" * 600).encode()[:1023], sniff.TEXT),
        (b"", sniff.EMPTY),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, expected: str) -> None:
    assert sniff.media_type_of(head) == expected


def test_an_error_page_is_not_a_product_and_the_message_shows_it(tmp_path: Path) -> None:
    page = tmp_path / "0000"
    page.write_bytes(b"<html>Please log in</html>")

    with pytest.raises(NotAProduct, match=r"expected application/x-grib, came text/html of 26"):
        sniff.require_data(page, "application/x-grib")


def test_every_kind_of_data_has_a_suffix() -> None:
    assert set(sniff.SUFFIXES) == sniff.DATA
