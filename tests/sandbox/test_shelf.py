import hashlib
from pathlib import Path

from sandbox.shelf import Shelf, in_hand


def test_a_product_is_made_once_and_measured(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_bytes(b"0123456789")

    first, second = (Shelf.get(shelf, "key", make) for shelf in [Shelf(tmp_path)] * 2)

    assert first == second
    assert len(made) == 1
    assert (first.size, first.sha256) == (10, hashlib.sha256(b"0123456789").hexdigest())


def test_a_torn_product_states_what_it_is(tmp_path: Path) -> None:
    whole = Shelf(tmp_path).get("key", lambda path: path.write_bytes(b"0123456789") and None)
    torn = whole.torn()

    assert torn.read(0, 10) == b"012345"
    assert torn.sha256 == hashlib.sha256(b"012345").hexdigest()
    assert whole.size == 10


def test_an_altered_product_is_as_long_and_another() -> None:
    whole = in_hand(b"0123456789")
    altered = whole.altered()

    assert altered.size == whole.size
    assert altered.etag != whole.etag
    assert altered.read(1, 9) == whole.read(1, 9)
    assert in_hand(b"").altered().size == 0


def test_small_products_are_not_kept(tmp_path: Path) -> None:
    rest = Shelf(tmp_path / "none").get("key", b"abc")

    assert (rest.read(1, 3), rest.md5) == (
        b"bc",
        hashlib.md5(b"abc", usedforsecurity=False).hexdigest(),
    )


def test_a_file_is_measured_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_bytes(b"abc")

    assert Shelf(tmp_path / "shelf").get("a", tmp_path / "a.nc").content == tmp_path / "a.nc"
