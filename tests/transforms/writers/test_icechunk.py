"""What the growing cube's repository promises to its writer and to its readers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
import icechunk
import numpy as np
import pytest
import zarr

from lake.ledger.growth import Copied
from tests.s3 import S3
from transforms.errors import GrowthFailed
from transforms.writers.icechunk import BRANCH, Expired, Main, Writing, storage
from transforms.writers.target import Target

ONE, OTHER = (Copied(key, "r1", "1220ab", ("1220cd", "1220ef")) for key in ("one", "other"))


@pytest.fixture(params=["directory", "s3"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Target:
    if request.param == "directory":
        return Target(str(tmp_path / "growing"))
    s3: S3 = request.getfixturevalue("s3")
    return Target(f"{s3.bucket()}/growing")


@pytest.fixture
def main(target: Target) -> Main:
    return Main.open(target)


def written(main: Main, value: int) -> Writing:
    writing = main.writing()
    writing.root.attrs["value"] = value
    return writing


def read(main: Main, snapshot: str | None = None) -> object:
    known = {"snapshot_id": snapshot} if snapshot else {"branch": BRANCH}
    store = main.repository.readonly_session(**known).store
    return zarr.open_group(store, mode="r").attrs["value"]


def test_a_reader_sees_commits_only(main: Main) -> None:
    written(main, 1).commit([ONE])
    halfway = written(main, 2)

    assert read(main) == 1
    halfway.commit([OTHER])
    assert read(main) == 2


def test_the_ancestry_names_what_came_and_is_read_as_far_as_it_is_known(main: Main) -> None:
    first = written(main, 1).commit([ONE])
    second = written(main, 2).commit([ONE, OTHER])

    found = list(main.commits())
    assert [(c.snapshot, c.items) for c in found[:2]] == [(second, (ONE, OTHER)), (first, (ONE,))]
    assert [c.items for c in found[2:]] == [()]
    assert [c.snapshot for c in main.commits(down_to=first)] == [second]


def test_a_writer_who_was_overtaken_commits_nothing(main: Main) -> None:
    slow, quick = written(main, 1), written(main, 2)
    quick.commit([ONE])

    with pytest.raises(GrowthFailed, match="expected to commit to the growing cube"):
        slow.commit([OTHER])
    assert read(main) == 2


def test_opening_again_opens_the_same(main: Main, target: Target) -> None:
    written(main, 7).commit([ONE])

    assert read(Main.open(target)) == 7


@pytest.mark.usefixtures("main")
def test_one_whose_making_was_interrupted_is_made_anew(target: Target) -> None:
    lose_its_branch(target)

    again = Main.open(target)
    written(again, 7).commit([ONE])

    assert read(again) == 7


def test_one_that_lost_its_branch_is_left_alone(main: Main, target: Target) -> None:
    written(main, 1).commit([ONE])
    lose_its_branch(target)
    before = files(target)

    with pytest.raises(GrowthFailed, match="came snapshots and no branch"):
        Main.open(target)
    assert files(target) == before


def test_old_snapshots_go_but_for_the_newest_and_those_that_items_name(main: Main) -> None:
    named, other, newest = (written(main, value).commit([ONE]) for value in (1, 2, 3))
    later = datetime.now(UTC) + timedelta(seconds=2)

    assert main.expire({named}, later - timedelta(days=1)) == Expired(0, 0)
    assert main.expire({named}, later).snapshots > 0
    assert [read(main, snapshot) for snapshot in (named, newest, None)] == [1, 3, 3]
    with pytest.raises(icechunk.IcechunkError, match=r"not found|No such"):
        read(main, other)
    assert next(main.commits()).snapshot == newest

    last = written(main, 4).commit([OTHER])
    assert main.expire(set(), later).snapshots > 0
    assert (read(main), next(main.commits()).snapshot) == (4, last)
    with pytest.raises(icechunk.IcechunkError, match=r"not found|No such"):
        read(main, named)


def test_what_a_dead_writer_left_goes(main: Main, target: Target) -> None:
    for value in (1, 2):
        writing = main.writing()
        array = writing.root.require_array("a", shape=(1000,), chunks=(1000,), dtype="f8")
        array[...] = np.random.default_rng(value).random(1000)
        if value == 1:
            writing.commit([ONE])
    assert chunks(target) == 2

    gone = main.expire(set(), datetime.now(UTC) + timedelta(seconds=2))

    assert gone.size > 0
    assert chunks(target) == 1
    store = main.repository.readonly_session(BRANCH).store
    there = zarr.open_group(store, mode="r")["a"]
    assert np.array_equal(np.asarray(there), np.random.default_rng(1).random(1000))


def chunks(target: Target) -> int:
    return sum("/chunks/" in name for name in files(target))


def lose_its_branch(target: Target) -> None:
    system, path = fsspec.core.url_to_fs(target.location)
    system.rm(f"{path}/refs/branch.main/ref.json")


def files(target: Target) -> list[str]:
    system, path = fsspec.core.url_to_fs(target.location, use_listings_cache=False)
    return sorted(system.find(path))


def test_a_place_that_icechunk_does_not_know_is_refused() -> None:
    with pytest.raises(GrowthFailed, match="expected a directory or s3://bucket/prefix"):
        storage(Target("memory://lake/growing"))
