"""What every store promises."""

from pathlib import Path
from socket import gethostname
from uuid import uuid4

import pytest

from lake.errors import MissingObject
from lake.store import LocalStore, ObjectStore, Store, open_store


class StoreContract:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        raise NotImplementedError

    def test_what_is_put_is_found_whole(self, store: Store) -> None:
        with store.staging() as made:
            file = made / "f"
            file.write_bytes(b"content")
            store.put(file, "granules/ab/f")

        assert store.exists("granules/ab/f")
        with store.local("granules/ab/f") as path:
            assert path.read_bytes() == b"content"

    def test_a_tree_put_again_replaces_the_old_one_entirely(self, store: Store) -> None:
        for name in ("old", "new"):
            with store.staging() as made:
                (made / "tree" / "deep").mkdir(parents=True)
                (made / "tree" / "deep" / name).write_text(name)
                store.put(made / "tree", "cubes/c.zarr")

        assert store.exists("cubes/c.zarr/deep/new")
        assert not store.exists("cubes/c.zarr/deep/old")

    def test_what_is_not_there_is_said_to_be_missing(self, store: Store) -> None:
        with pytest.raises(MissingObject, match="nothing"), store.local("granules/none"):
            pass

    def test_removing_leaves_nothing_and_removing_nothing_is_no_error(self, store: Store) -> None:
        with store.staging() as made:
            (made / "f").write_bytes(b"x")
            store.put(made / "f", "f")
        store.remove("f")
        store.remove("f")

        assert not store.exists("f")

    def test_staging_is_gone_afterwards(self, store: Store) -> None:
        with store.staging() as made:
            (made / "f").write_bytes(b"x")

        assert not made.exists()

    def test_what_lies_there_is_weighed_and_named(self, store: Store) -> None:
        self.a_tree(store)

        assert store.below("cubes") == ["c.zarr"]
        assert store.below("cubes/c.zarr") == ["a", "deep"]
        assert [getattr(store.look(key), "size", None) for key in ("cubes/c.zarr", "none")] == [
            7,
            None,
        ]
        assert store.below("none") == []

    def test_a_tree_moves_whole(self, store: Store) -> None:
        self.a_tree(store)
        store.move("cubes/c.zarr", ".lost+found/now/cubes/c.zarr")

        assert store.look("cubes/c.zarr") is None
        assert store.exists(".lost+found/now/cubes/c.zarr/deep/b")
        with pytest.raises(MissingObject, match="nothing to move"):
            store.move("cubes/c.zarr", "elsewhere")

    def a_tree(self, store: Store) -> None:
        with store.staging() as made:
            (made / "tree" / "deep").mkdir(parents=True)
            (made / "tree" / "a").write_text("four")
            (made / "tree" / "deep" / "b").write_text("xyz")
            store.put(made / "tree", "cubes/c.zarr")


class TestLocalStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        store = open_store(str(tmp_path / "lake"))
        assert isinstance(store, LocalStore)
        return store

    def test_what_a_dead_process_left_in_staging_is_swept(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path)
        dead = tmp_path / ".staging" / f"{gethostname()}.{2**22 + 1}.left"
        others = tmp_path / ".staging" / f"another-host.{2**22 + 1}.left"
        dead.mkdir(parents=True)
        others.mkdir()

        with store.staging():
            assert not dead.exists()
            assert others.exists()


class TestObjectStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        store = open_store(f"memory://{uuid4().hex}")
        assert isinstance(store, ObjectStore)
        return store
