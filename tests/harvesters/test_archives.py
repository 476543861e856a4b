import bz2
import contextlib
import gzip
import io
import lzma
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvesters.archives import Limits, unpack
from harvesters.errors import HarvestError, NotAProduct, TornTransfer, UnsafeArchive
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


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_is_unpacked_compressed_or_not(tmp_path: Path, mode: str) -> None:
    packed = tar_of(tmp_path / "a", tarfile.TarInfo("d/a.grib"), mode=mode)

    assert [m.read_bytes() for m in unpack(packed, tmp_path / "out")] == [DATA]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_single_compressed_file_is_unpacked(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    packed = tmp_path / "a"
    packed.write_bytes(compress(DATA))

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


def test_an_archive_within_an_archive_is_opened_and_no_deeper(tmp_path: Path) -> None:
    zipped = zip_of(tmp_path / "1", {"a.grib": DATA})
    twice = zip_of(tmp_path / "2", {"b.zip": zipped.read_bytes()})
    thrice = zip_of(tmp_path / "3", {"c.zip": twice.read_bytes()})

    assert [m.read_bytes() for m in unpack(twice, tmp_path / "out")] == [DATA]
    with pytest.raises(UnsafeArchive, match="at most 2 archives in one another"):
        unpack(thrice, tmp_path / "out2")


def test_compressed_members_of_a_tar_are_unpacked(tmp_path: Path) -> None:
    packed = tmp_path / "a"
    with tarfile.open(packed, "w:gz") as opened:
        member = tarfile.TarInfo("a.nc.gz")
        content = gzip.compress(DATA)
        member.size = len(content)
        opened.addfile(member, io.BytesIO(content))

    assert [m.read_bytes() for m in unpack(packed, tmp_path / "out")] == [DATA]


@pytest.mark.parametrize("names", [("a.grib", "a.grib"), ("a.grib", "./a.grib")])
def test_two_members_of_one_name_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    members = [tarfile.TarInfo(name) for name in names]

    with pytest.raises(UnsafeArchive, match="twice"):
        unpack(tar_of(tmp_path / "a", *members), tmp_path / "out")


def test_a_member_named_as_data_that_is_none_is_no_product(tmp_path: Path) -> None:
    packed = zip_of(tmp_path / "a", {"a.grib": DATA, "b.nc": b"<html>Sorry</html>"})

    with pytest.raises(NotAProduct, match=r"'b\.nc', came text/html"):
        unpack(packed, tmp_path / "out")


@pytest.mark.parametrize("kept_blocks", [2, 3, 4])
def test_a_tar_that_was_cut_between_two_members_is_torn(tmp_path: Path, kept_blocks: int) -> None:
    """A tar of two members of one block each: header, data, header, data, end."""
    whole = tar_of(tmp_path / "a", *map(tarfile.TarInfo, ("a.grib", "b.grib"))).read_bytes()
    (tmp_path / "cut").write_bytes(whole[: kept_blocks * 512])

    with pytest.raises(TornTransfer):
        unpack(tmp_path / "cut", tmp_path / "out")


def test_names_that_would_fill_the_memory_are_refused(tmp_path: Path) -> None:
    member = tarfile.TarInfo("a.grib")
    member.pax_headers = {"comment": "x" * (9 << 20)}
    with tarfile.open(tmp_path / "a", "w", format=tarfile.PAX_FORMAT) as opened:
        opened.addfile(member)

    with pytest.raises(UnsafeArchive, match="expected names of at most"):
        unpack(tmp_path / "a", tmp_path / "out")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_a_bound_are_refused(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w", method) as opened:
        opened.writestr("a.grib", DATA)

    with pytest.raises(NotAProduct, match="stored or deflated"):
        unpack(tmp_path / "a", tmp_path / "out")


def packed_as(kind: str, members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, content in members.items():
                zipped.writestr(name, content)
        return buffer.getvalue()
    with tarfile.open(fileobj=buffer, mode=f"w:{kind}") as opened:  # type: ignore[call-overload]
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


KINDS = st.sampled_from(["zip", "", "gz", "bz2", "xz"])
NAMES = st.text(st.sampled_from("ab./\\:~"), min_size=1, max_size=12)


@given(KINDS, st.dictionaries(NAMES, st.binary(max_size=2000), max_size=5))
def test_whatever_members_are_called_nothing_is_written_outside(
    kind: str, members: dict[str, bytes]
) -> None:
    with tempfile.TemporaryDirectory() as made:
        inside = Path(made) / "deep" / "inside"
        inside.mkdir(parents=True)
        packed = inside / "packed"
        packed.write_bytes(packed_as(kind, members))
        try:
            data = unpack(packed, inside / "out")
        except HarvestError:
            data = []

        assert all(path.parent == inside / "out" for path in data)
        found = {p.relative_to(made).parts[:2] for p in Path(made).rglob("*")}
        assert found <= {("deep",), ("deep", "inside")}


@given(
    KINDS,
    st.binary(min_size=10, max_size=3000),
    st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=8),
    st.integers(0, 4000),
)
def test_a_damaged_archive_is_an_error_of_ours_or_whole(
    kind: str, content: bytes, damage: list[tuple[int, int]], cut: int
) -> None:
    packed = bytearray(packed_as(kind, {"a.grib": DATA, "b.txt": content}))
    for at, value in damage:
        packed[at % len(packed)] = value
    with tempfile.TemporaryDirectory() as made:
        file = Path(made) / "packed"
        file.write_bytes(packed[: len(packed) - cut] if cut < len(packed) else packed)
        with contextlib.suppress(HarvestError):
            unpack(file, Path(made) / "out")
