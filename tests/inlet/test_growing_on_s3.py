"""A growing cube on a real S3: it grows, steps overwrite themselves, and a kill leaves no half."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inlet import steps
from inlet.harvest import harvest
from inlet.house import House, opened
from inlet.settings import Settings
from lake.ledger.states import ItemState
from lake.nouns import ItemId
from sandbox.client import Sandbox
from tests.inlet import grown, test_growing
from tests.inlet.grown import COLLECTION, VARIABLE
from tests.inlet.test_growing import WEEK, judged
from tests.makers import a_day
from tests.s3 import S3
from transforms.writers.icechunk import Writing

DAYS = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]
BEFORE, AFTER = "before the commit", "between the commit and the ledger"


@pytest.fixture
def wanted(tmp_path: Path, sandbox: Sandbox, s3: S3) -> Settings:
    settings = grown.settings(tmp_path, sandbox)
    return settings.model_copy(update={"lake": f"{s3.bucket()}/inlet"})


@pytest.fixture
def house(wanted: Settings) -> Iterator[House]:
    with opened(wanted) as house:
        yield house


def test_it_grows_by_each_harvest_and_holds_what_the_items_hold(house: House) -> None:
    assert harvest(house, COLLECTION, a_day(3)).published == 1
    assert harvest(house, COLLECTION, WEEK).published == 3

    cube = grown.dataset(house)
    published = grown.revisions(house, ItemState.PUBLISHED)
    assert sorted(grown.there(house)) == DAYS
    assert {item.snapshot for item in published} == {c.snapshot for c in grown.commits(house)}
    for item in published:
        assert item.stac["assets"]["growing"]["href"].startswith("s3://")
        own = grown.own_cube(house, item)
        there = cube.sel(time=own["time"])
        assert np.array_equal(there[VARIABLE].values, own[VARIABLE].values, equal_nan=True)


def test_a_revised_step_overwrites_itself_and_the_old_snapshot_stays(
    house: House, sandbox: Sandbox
) -> None:
    test_growing.test_a_revised_step_overwrites_itself_and_the_old_snapshot_stays(house, sandbox)


@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_a_writer_that_is_killed_leaves_all_of_a_batch_or_nothing(
    wanted: Settings, when: str
) -> None:
    with opened(wanted) as house:
        ids = judged(house)
    killed = multiprocessing.get_context("spawn").Process(target=_grow, args=(wanted, ids, when))
    killed.start()
    killed.join()
    assert killed.exitcode == -signal.SIGKILL

    with opened(wanted) as house:
        assert len(grown.commits(house)) == (when == AFTER)
        assert steps.publish(house, ids) == []
        assert steps.publish(house, steps.grow(house, ids)) == ids
        [commit] = grown.commits(house)
        published = grown.revisions(house, ItemState.PUBLISHED)
        assert {item.snapshot for item in published} == {commit.snapshot}
        assert sorted(grown.there(house)) == DAYS


def _grow(wanted: Settings, ids: list[ItemId], when: str) -> None:
    """Grow, and be killed once all is written to S3, or once it is committed there."""
    commit = Writing.commit

    def struck(writing: Writing, copied: list[object]) -> str:
        if when == AFTER:
            commit(writing, copied)  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGKILL)
        return ""

    Writing.commit = struck  # type: ignore[assignment, method-assign]
    with opened(wanted) as house:
        steps.grow(house, ids)
