"""Whoever carries out a conversion, the item's cube and metrics are the same bytes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inlet import places
from inlet.harvest import harvest
from inlet.house import House, opened
from inlet.settings import Settings
from lake.ledger import items, progress
from lake.ledger.items import LedgeredItem
from sandbox.client import Sandbox
from tests.makers import a_day
from tests.s3 import S3

COLLECTION = "sst"


@pytest.fixture(scope="module")
def by_threads(
    tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox
) -> Iterator[tuple[House, LedgeredItem]]:
    wanted = Settings(home=tmp_path_factory.mktemp("threads"), sandbox_url=sandbox.url)
    with opened(wanted) as house:
        harvest(house, COLLECTION, a_day())
        yield house, the_item(house)


@pytest.mark.parametrize("executor", ["processes", "dask"])
@pytest.mark.parametrize("place", ["directory", "s3"])
def test_the_setting_changes_who_works_and_not_what_comes(
    executor: str,
    place: str,
    tmp_path: Path,
    sandbox: Sandbox,
    s3: S3,
    by_threads: tuple[House, LedgeredItem],
) -> None:
    wanted = Settings(
        home=tmp_path,
        sandbox_url=sandbox.url,
        lake=f"{s3.bucket()}/inlet" if place == "s3" else "",
        executor=executor,  # type: ignore[arg-type]
        workers=2,
    )
    with opened(wanted) as house:
        assert harvest(house, COLLECTION, a_day()).published == 1

        found, (other, expected) = the_item(house), by_threads
        assert found.cube["digest"] == expected.cube["digest"]
        assert metrics(house, found) == metrics(other, expected)


def test_a_cluster_that_is_not_there_leaves_the_item_to_be_tried_again(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    wanted = Settings(home=tmp_path, sandbox_url=sandbox.url, executor="dask", dask="slurm")
    with opened(wanted) as house:
        assert harvest(house, COLLECTION, a_day()).published == 0

        with house.ledger.begin() as tx:
            [listed] = progress.troubles(tx, COLLECTION)
        assert listed.state == "failed"
        assert "expected the command `sbatch`" in listed.reason


def the_item(house: House) -> LedgeredItem:
    with house.ledger.begin() as tx:
        [item] = items.published(tx)
    return item


def metrics(house: House, item: LedgeredItem) -> bytes:
    with house.store.local(places.metrics(item)) as table:
        return table.read_bytes()
