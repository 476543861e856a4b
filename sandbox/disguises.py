"""A product packed into an archive, honestly or with malice. All are deterministic."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import PurePath

from sandbox.faults import Fault, Faults
from sandbox.holdings.products import TAR, TAR_GZIP, ZIP, Product

_EPOCH = (1980, 1, 1, 0, 0, 0)
_BLOCK = bytes(1 << 20)
_CLIMBING = ("../../inlet-slipped.txt", "/tmp/inlet-slipped.txt")  # noqa: S108 - never written here
_LINK = "link-out"

Packer = Callable[[str, bytes, Fault], tuple[str, str, bytes]]
"""Name and bytes in, suffix, media type and archive out."""


def disguised(product: Product, read: Callable[[], bytes], faults: Faults, room: str) -> Product:
    """The product as the switchboard wants it packed; ``read`` gives its own bytes."""
    for name, pack in _PACKERS.items():
        if fault := faults.marks(name, room, product.path):
            suffix, media_type, packed = pack(product.file_name, read(), fault)
            return replace(
                product,
                file_name=f"{PurePath(product.file_name).stem}{suffix}",
                media_type=media_type,
                source=packed,
            )
    return product


def _zip(members: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(_info(name), content)
    return packed.getvalue()


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _tar(members: Mapping[str, bytes], link: str | None = None, *, gzipped: bool = False) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        if link is not None:
            archive.addfile(_symbolic(link))
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0) if gzipped else packed.getvalue()


def _symbolic(name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, "../.."
    return info


def _packed(name: str, content: bytes, fault: Fault) -> tuple[str, str, bytes]:
    wanted = fault.text("format")
    if wanted == "zip":
        return ".zip", ZIP, _zip({name: content})
    if wanted == "tar":
        return ".tar", TAR, _tar({name: content})
    return ".tar.gz", TAR_GZIP, _tar({name: content}, gzipped=True)


def _tar_slip(name: str, content: bytes, _: Fault) -> tuple[str, str, bytes]:
    slipping = dict.fromkeys((*_CLIMBING, f"{_LINK}/inlet-slipped.txt"), b"slipped\n")
    return ".tar", TAR, _tar({name: content, **slipping}, _LINK)


def _zip_slip(name: str, content: bytes, _: Fault) -> tuple[str, str, bytes]:
    return ".zip", ZIP, _zip({name: content, **dict.fromkeys(_CLIMBING, b"slipped\n")})


def _zip_bomb(_: str, __: bytes, fault: Fault) -> tuple[str, str, bytes]:
    return ".zip", ZIP, _bomb(int(fault.number("bytes")))


@lru_cache(maxsize=4)
def _bomb(size: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive, archive.open(_info("zeros.nc"), "w") as member:
        for start in range(0, size, len(_BLOCK)):
            member.write(_BLOCK[: size - start])
    return packed.getvalue()


def _nested(name: str, content: bytes, fault: Fault) -> tuple[str, str, bytes]:
    for _ in range(int(fault.number("depth"))):
        name, content = f"{name}.zip", _zip({name: content})
    return ".zip", ZIP, content


_PACKERS: Mapping[str, Packer] = {
    "packed_product": _packed,
    "tar_slip": _tar_slip,
    "zip_slip": _zip_slip,
    "zip_bomb": _zip_bomb,
    "nested_archive": _nested,
}
