import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from harvesters.archives import Limits, unpack
from harvesters.errors import NotAProduct, TornTransfer, UnsafeArchive
from tests.harvesters.samples import grib2

DATA = grib2(b"x" * 100)


def zip_of(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return path


def tar_of(path: Path, *members: tarfile.TarInfo, mode: str = "w") -> Path:
    with tarfile.open(path, mode) as opened:  # type: ignore[call-overload]
        for member in members:
            member.size = len(DATA) if member.isfile() else 0
            opened.addfile(member, io.BytesIO(DATA))
    return path


def test_members_that_are_data_come_out_under_our_names(tmp_path: Path) -> None:
    packed = zip_of(tmp_path / "a", {"S3.SEN3/manifest.xml": b"<x/>", "S3.SEN3/L2P.nc": DATA})
    (member,) = unpack(packed, tmp_path / "out")

    assert member.read_bytes() == DATA
    assert member.parent == tmp_path / "out"


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_is_unpacked_compressed_or_not(tmp_path: Path, mode: str) -> None:
    packed = tar_of(tmp_path / "a", tarfile.TarInfo("d/a.grib"), mode=mode)

    assert [m.read_bytes() for m in unpack(packed, tmp_path / "out")] == [DATA]


def test_a_single_gzipped_file_is_unpacked(tmp_path: Path) -> None:
    packed = tmp_path / "a"
    packed.write_bytes(gzip.compress(DATA))

    assert [m.read_bytes() for m in unpack(packed, tmp_path / "out")] == [DATA]


@pytest.mark.parametrize(
    "name", ["../evil.grib", "/etc/evil.grib", "a/../../evil.grib", "..\\evil.grib", "C:/e.grib"]
)
def test_a_name_that_climbs_out_makes_the_archive_unsafe(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafeArchive, match="expected members inside"):
        unpack(zip_of(tmp_path / "a.zip", {name: DATA}), tmp_path / "out")
    with pytest.raises(UnsafeArchive, match="expected members inside"):
        unpack(tar_of(tmp_path / "a.tar", tarfile.TarInfo(name)), tmp_path / "out2")

    assert not list(tmp_path.parent.glob("evil*"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("a.grib")
    member.type, member.linkname = kind, "/etc/passwd"

    with pytest.raises(UnsafeArchive, match="link or device"):
        unpack(tar_of(tmp_path / "a", member), tmp_path / "out")


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    member = zipfile.ZipInfo("a.grib")
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a", "w") as opened:
        opened.writestr(member, "/etc/passwd")

    with pytest.raises(UnsafeArchive, match="link or device"):
        unpack(tmp_path / "a", tmp_path / "out")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(members=2), "at most 2 members"),
        (Limits(total_bytes=150), "unpack to at most 150"),
    ],
)
def test_an_archive_that_bursts_its_limits_is_stopped(
    tmp_path: Path, limits: Limits, said: str
) -> None:
    packed = zip_of(tmp_path / "a", {f"{n}.grib": DATA for n in range(3)})

    with pytest.raises(UnsafeArchive, match=said):
        unpack(packed, tmp_path / "out", limits)


def test_a_bomb_is_stopped_while_it_goes_off(tmp_path: Path) -> None:
    packed = zip_of(tmp_path / "a", {"a.grib": bytes(16 * 2**20)})

    with pytest.raises(UnsafeArchive, match="to unpack to at most"):
        unpack(packed, tmp_path / "out", Limits(ratio=10))
    assert sum(f.stat().st_size for f in (tmp_path / "out").iterdir()) < 4 * 2**20


def test_a_cut_archive_is_torn(tmp_path: Path) -> None:
    whole = tar_of(tmp_path / "a", tarfile.TarInfo("a.grib"), mode="w:gz").read_bytes()
    (tmp_path / "cut").write_bytes(whole[:-20])
    zipped = zip_of(tmp_path / "z", {"a.grib": DATA}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(zipped[:-30])

    with pytest.raises(TornTransfer):
        unpack(tmp_path / "cut", tmp_path / "out")
    with pytest.raises(TornTransfer):
        unpack(tmp_path / "cut.zip", tmp_path / "out2")


def test_an_archive_without_data_is_not_a_product(tmp_path: Path) -> None:
    packed = zip_of(tmp_path / "a", {"readme.txt": b"hello"})

    with pytest.raises(NotAProduct, match="came 1 members without any"):
        unpack(packed, tmp_path / "out")
