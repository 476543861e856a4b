import hashlib
from pathlib import Path

from sandbox.shelf import Shelf


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
    shelf = Shelf(tmp_path)
    torn = shelf.get("key", lambda path: path.write_bytes(b"0123456789") and None, torn=True)

    assert torn.path.read_bytes() == b"012345"
    assert torn.sha256 == hashlib.sha256(b"012345").hexdigest()
    assert shelf.get("key", tmp_path).size == 10


def test_a_file_is_measured_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_bytes(b"abc")

    assert Shelf(tmp_path / "shelf").get("a", tmp_path / "a.nc").path == tmp_path / "a.nc"
