"""What every store promises."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import gethostname
from uuid import uuid4

import pytest

from lake.errors import MissingObject
from lake.object_store import ObjectStore
from lake.objects import LONGEST_UPLOAD
from lake.store import LocalStore, Store, open_store
from tests.s3 import S3


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


class TestS3Store(StoreContract):
    @pytest.fixture
    def store(self, s3: S3) -> Store:
        return open_store(f"{s3.bucket()}/inlet")

    def test_another_process_listing_is_never_remembered(self, s3: S3) -> None:
        url = f"{s3.bucket()}/inlet"
        one, other = open_store(url), open_store(url, skip_instance_cache=True)
        with one.staging() as made:
            for name in ("a", "b"):
                (made / name).write_bytes(b"x")
                one.put(made / name, f"granules/{name}")
        assert one.below("granules") == ["a", "b"]
        other.remove("granules/a")

        assert not one.exists("granules/a")
        assert one.below("granules") == ["b"]

    def test_an_upload_that_a_dead_writer_left_is_aborted_in_time_and_no_other(
        self, s3: S3
    ) -> None:
        url = f"{s3.bucket()}/inlet"
        store = open_store(url)
        assert isinstance(store, ObjectStore)
        begun, elsewhere = f"{url}/granules/begun", f"{url}-of-another/begun"
        for key in (begun, elsewhere):
            _begin_upload(store, key)
        store.sweep(datetime.now(UTC))
        assert len(_uploads(store)) == 2
        store.sweep(datetime.now(UTC) + LONGEST_UPLOAD + timedelta(minutes=1))

        assert _uploads(store) == ["inlet-of-another/begun"]
        assert not store.exists("granules/begun")

    def test_a_large_file_is_put_in_parts_and_comes_back_as_it_was(
        self, store: Store, tmp_path: Path
    ) -> None:
        content = random.Random(5).randbytes(70 * 2**20)
        file = tmp_path / "large"
        file.write_bytes(content)
        store.put(file, "granules/large")

        assert isinstance(store, ObjectStore)
        assert store.filesystem.info(f"{store.root}/granules/large")["ETag"].endswith('-3"')
        with store.local("granules/large") as back:
            assert back.read_bytes() == content

    def test_a_storage_that_does_not_answer_is_an_error_of_the_way(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
        hasty = {"retries": {"max_attempts": 0}}
        store = open_store("s3://nowhere/inlet", skip_instance_cache=True, config_kwargs=hasty)
        assert isinstance(store, ObjectStore)
        store.filesystem.retries = 1

        with pytest.raises(OSError, match="expected the object storage of nowhere/inlet to answ"):
            store.exists("a")


def _begin_upload(store: ObjectStore, url: str) -> None:
    """Upload one part of a file, and never end."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    s3 = store.filesystem
    begun = s3.call_s3("create_multipart_upload", Bucket=bucket, Key=key)["UploadId"]
    s3.call_s3(
        "upload_part", Bucket=bucket, Key=key, UploadId=begun, PartNumber=1, Body=b"x" * 5 * 2**20
    )


def _uploads(store: ObjectStore) -> list[str]:
    bucket = store.root.partition("/")[0]
    found = store.filesystem.call_s3("list_multipart_uploads", Bucket=bucket)
    return [upload["Key"] for upload in found.get("Uploads", [])]
