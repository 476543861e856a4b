"""What the growing cube's repository promises to its writer and to its readers."""

from pathlib import Path

import fsspec
import pytest
import zarr

from lake.ledger.growth import Copied
from tests.s3 import S3
from transforms.errors import GrowthFailed
from transforms.writers.icechunk import BRANCH, Main, Writing, storage
from transforms.writers.target import Target

ONE, OTHER = (Copied(key, "r1", "1220ab", ("1220cd", "1220ef")) for key in ("one", "other"))


@pytest.fixture(params=["directory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a repository may be made, once on the disk and once on a real S3."""
    if request.param == "directory":
        return str(tmp_path / "growing")
    s3: S3 = request.getfixturevalue("s3")
    return f"{s3.bucket()}/inlet/growing"


@pytest.fixture
def main(place: str) -> Main:
    return Main.open(Target(place))


def found_in(place: str) -> list[str]:
    system, path = fsspec.core.url_to_fs(place, use_listings_cache=False)
    return sorted(system.find(path))


def lose_the_branch(place: str) -> None:
    system, path = fsspec.core.url_to_fs(place, use_listings_cache=False)
    system.rm(f"{path}/refs/branch.main/ref.json")


def written(main: Main, value: int) -> Writing:
    writing = main.writing()
    writing.root.attrs["value"] = value
    return writing


def read(main: Main) -> object:
    store = main.repository.readonly_session(BRANCH).store
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


def test_opening_again_opens_the_same(main: Main, place: str) -> None:
    written(main, 7).commit([ONE])

    assert read(Main.open(Target(place))) == 7


def test_one_whose_making_was_interrupted_is_made_anew(main: Main, place: str) -> None:
    lose_the_branch(place)

    again = Main.open(Target(place))
    written(again, 7).commit([ONE])

    assert read(again) == 7


def test_one_that_lost_its_branch_is_left_alone(main: Main, place: str) -> None:
    written(main, 1).commit([ONE])
    lose_the_branch(place)
    before = found_in(place)

    with pytest.raises(GrowthFailed, match="came snapshots and no branch"):
        Main.open(Target(place))
    assert found_in(place) == before


def test_an_endpoint_with_a_name_is_asked_by_its_own_name(
    s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = s3.environment["AWS_ENDPOINT_URL_S3"].replace("127.0.0.1", "localhost")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", named)

    main = Main.open(Target(f"{s3.bucket()}/inlet/growing"))
    written(main, 7).commit([ONE])
    assert read(main) == 7


def test_a_place_that_icechunk_does_not_know_is_refused() -> None:
    with pytest.raises(GrowthFailed, match="expected a directory or s3://bucket/prefix"):
        storage(Target("memory://lake/growing"))
