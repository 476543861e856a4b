import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from harvesters import sniff
from harvesters.errors import NotAProduct, PageInstead
from tests.harvesters.samples import grib1, grib2


def tar(content: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    member = tarfile.TarInfo("a")
    member.size = len(content)
    with tarfile.open(fileobj=buffer, mode="w") as opened:
        opened.addfile(member, io.BytesIO(content))
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
        (gzip.compress(b"a", mtime=0), sniff.GZIP),
        (bz2.compress(b"a"), sniff.BZIP2),
        (lzma.compress(b"a"), sniff.XZ),
        (tar(grib2()), sniff.TAR),
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

    with pytest.raises(
        NotAProduct, match=r"h/a\.grib: expected application/x-grib, came text/html of 26"
    ):
        sniff.require_data(page, "application/x-grib", "http://h/a.grib")


def test_every_kind_of_data_has_a_suffix() -> None:
    assert set(sniff.SUFFIXES) == sniff.DATA


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b'{"status": 1}', b"Sorry.", b""])
def test_a_page_or_nothing_is_refused_in_the_place_of_data(tmp_path: Path, body: bytes) -> None:
    page = tmp_path / "0000"
    page.write_bytes(body)

    with pytest.raises(PageInstead, match=f"of {len(body)} bytes"):
        sniff.refuse_pages(page, None, "http://h/a.grib")
