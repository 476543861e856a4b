"""What faults of products look like to a client."""

import hashlib
import io
import json
import tarfile
import zipfile

import pytest

from sandbox.client import Sandbox
from tests.sandbox.families import Visitor
from tests.sandbox.listings import Listed


def test_garbage_is_published_with_its_own_size_and_digest(
    sandbox: Sandbox, stac: Visitor, tick: Listed
) -> None:
    with sandbox.fault("garbage_data", provider="stac", subject=tick.id):
        torn, whole = stac.search(2).products[:2]
        content = stac.read(torn.href).content

    assert torn.size == len(content) < (whole.size or 0)
    assert torn.digest == f"1220{hashlib.sha256(content).hexdigest()}"
    assert not content.endswith(b"7777")


def test_digest_and_size_may_be_wrong_or_not_stated(
    sandbox: Sandbox, stac: Visitor, tick: Listed
) -> None:
    with sandbox.fault("wrong_checksum", provider="stac"):
        digest = stac.search(1).products[0].digest
    with sandbox.fault("wrong_size", provider="stac", by=-5):
        size = stac.search(1).products[0].size
    with sandbox.fault("nothing_stated", provider="stac"):
        silent = stac.search(1).products[0]

    assert digest is not None
    assert tick.digest is not None
    assert (len(digest), digest[:4]) == (len(tick.digest), "1220")
    assert digest != tick.digest
    assert size == (tick.size or 0) - 5
    assert (silent.size, silent.digest) == (None, None)


def test_an_href_may_lead_to_a_file_or_to_another_host(
    sandbox: Sandbox, stac: Visitor, tick: Listed
) -> None:
    with sandbox.fault("file_href", provider="stac"):
        assert stac.search(1).products[0].href == "file:///etc/passwd"
    with sandbox.fault("href_elsewhere", provider="stac"):
        href = stac.search(1).products[0].href
    content = stac.read(href, Authorization="Bearer secret").content

    assert href.startswith(sandbox.elsewhere_url())
    assert content == stac.read(tick.href).content
    assert sandbox.asked_elsewhere()[-1].headers["authorization"] == "Bearer secret"


def test_titles_may_be_no_names(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("odd_title", provider="stac"):
        assert {product.title for product in stac.search(2).products} == {".."}


@pytest.mark.parametrize("family", ["stac", "odata", "hda"])
def test_a_product_may_be_offline(sandbox: Sandbox, family: str) -> None:
    visitor = Visitor(sandbox, family)
    with sandbox.fault("offline_product", provider=family):
        product = visitor.search(1).products[0]
        refused = visitor.read(product.href)
    text = json.dumps(product.raw)

    assert refused.status_code == 403
    assert '"Online": false' in text or '"order:status": "orderable"' in text


def test_two_assets_may_have_one_file_name(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("assets_share_a_name", provider="stac"):
        assets = stac.search(1).products[0].raw["assets"]
        contents = [stac.read(asset["href"]).content for asset in assets.values()]

    assert len({asset["href"].rpartition("/")[2] for asset in assets.values()}) == 1
    assert len(set(contents)) == len(assets) == 2


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz"])
def test_an_honest_archive_holds_the_product(
    sandbox: Sandbox, stac: Visitor, tick: Listed, form: str
) -> None:
    with sandbox.fault("packed_product", provider="stac", format=form):
        product = stac.search(1).products[0]
        content = stac.read(product.href).content
    packed = io.BytesIO(content)
    if form == "zip":
        archive = zipfile.ZipFile(packed)
        inner = archive.read(archive.namelist()[0])
    else:
        with tarfile.open(fileobj=packed) as tar:
            inner = tar.extractfile(tar.getmembers()[0]).read()  # type: ignore[union-attr]

    assert product.href.endswith(f".{form}")
    assert product.digest == f"1220{hashlib.sha256(content).hexdigest()}"
    assert inner == stac.read(tick.href).content


def test_a_tar_may_climb_out_by_path_and_by_link(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("tar_slip", provider="stac"):
        content = stac.read(stac.search(1).products[0].href).content
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        members = {m.name: m for m in archive.getmembers()}

    assert any(name.startswith("../") for name in members)
    assert any(name.startswith("/") for name in members)
    assert members["link-out"].issym()


def test_a_zip_may_climb_out(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("zip_slip", provider="stac"):
        content = stac.read(stac.search(1).products[0].href).content

    assert any(n.startswith("../") for n in zipfile.ZipFile(io.BytesIO(content)).namelist())


def test_a_zip_may_be_a_bomb(sandbox: Sandbox, stac: Visitor) -> None:
    with sandbox.fault("zip_bomb", provider="stac", bytes=1 << 24):
        content = stac.read(stac.search(1).products[0].href).content
    (info,) = zipfile.ZipFile(io.BytesIO(content)).infolist()

    assert info.file_size == 1 << 24
    assert info.file_size / len(content) > 900


def test_archives_may_be_nested(sandbox: Sandbox, stac: Visitor, tick: Listed) -> None:
    with sandbox.fault("nested_archive", provider="stac", depth=3):
        content = stac.read(stac.search(1).products[0].href).content
    for _ in range(3):
        archive = zipfile.ZipFile(io.BytesIO(content))
        content = archive.read(archive.namelist()[0])

    assert content == stac.read(tick.href).content
