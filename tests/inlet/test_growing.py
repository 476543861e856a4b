"""Judged items grow into their collection's cube: each once, whole, by coordinate."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inlet import growing, quarantine, steps
from inlet.harvest import bring, harvest
from inlet.house import House, opened
from lake.ledger import growth, items, progress
from lake.ledger.states import ItemState
from lake.nouns import ItemId, Window
from sandbox.client import Sandbox
from tests.inlet import grown
from tests.inlet.grown import COLLECTION, VARIABLE
from tests.makers import NEW_YEAR, a_day
from transforms.writers.icechunk import Writing

WEEK = Window(NEW_YEAR, a_day(3).end)


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> Iterator[House]:
    with opened(grown.settings(tmp_path, sandbox)) as house:
        yield house


def test_what_is_published_is_in_the_growing_cube_and_says_where(house: House) -> None:
    assert harvest(house, COLLECTION, WEEK).published == 4

    cube = grown.dataset(house)
    published = grown.revisions(house, ItemState.PUBLISHED)
    [commit] = grown.commits(house)
    for item in published:
        own = grown.own_cube(house, item)
        step = cube.sel(time=own["time"])
        assert np.array_equal(step[VARIABLE].values, own[VARIABLE].values, equal_nan=True)
        assert step["item"].compute().item() == f"{item.key}@{item.revision}"
        assert item.stac["properties"]["inlet:snapshot"] == commit.snapshot
        asset = item.stac["assets"]["growing"]
        assert (asset["type"], asset["roles"]) == ("application/vnd.zarr+icechunk", ["data"])
        assert asset["version"] == commit.snapshot
    assert {(i.key, i.revision) for i in commit.items} == {(i.key, i.revision) for i in published}
    assert all(i.granules for i in commit.items)
    assert cube.sizes["time"] == 60
    assert np.isnan(cube[VARIABLE].isel(time=slice(4, None)).values).all()


def test_the_place_of_a_step_is_its_time_whatever_came_first(house: House) -> None:
    for day in (3, 0, 2, 1):
        harvest(house, COLLECTION, a_day(day))

    assert [time for time, _ in sorted(grown.there(house).items())] == [
        "2024-01-01",
        "2024-01-02",
        "2024-01-03",
        "2024-01-04",
    ]
    assert len(grown.commits(house)) == 4


def test_a_harvest_again_commits_nothing(house: House) -> None:
    harvest(house, COLLECTION, WEEK)
    before = grown.commits(house)

    assert not harvest(house, COLLECTION, WEEK).published
    assert grown.commits(house) == before


def test_a_revised_step_overwrites_itself_and_the_old_snapshot_stays(
    house: House, sandbox: Sandbox
) -> None:
    harvest(house, COLLECTION, WEEK)
    [first] = grown.commits(house)
    before = grown.dataset(house)[VARIABLE].load()
    sandbox.revise("sandbox-sst", "sandbox-sst-20240102")
    try:
        assert harvest(house, COLLECTION, WEEK).published == 1
    finally:
        sandbox.reset()

    after, old = grown.dataset(house), grown.dataset(house, first.snapshot)
    [newest, *_] = grown.commits(house)
    assert [item.key for item in newest.items] == ["sandbox-sst-20240102"]
    changed = [
        not np.array_equal(a, b, equal_nan=True)
        for a, b in zip(after[VARIABLE].values, before.values, strict=True)
    ]
    assert np.flatnonzero(changed).tolist() == [1]
    assert np.array_equal(old[VARIABLE].values, before.values, equal_nan=True)
    assert sorted(grown.there(house)) == ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]


def judged(house: House, window: Window = WEEK) -> list[ItemId]:
    """Bring items as far as the gate lets them."""
    bring(house, COLLECTION, window)
    ids = steps.assemble(house, COLLECTION)
    steps.convert(house, ids)
    return steps.judge(house, ids)


def test_a_commit_that_nobody_marked_is_found_in_the_ancestry(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = judged(house)
    commit = Writing.commit

    def commits_and_dies(writing: Writing, copied: list[growth.Copied]) -> str:
        commit(writing, copied)
        raise KeyboardInterrupt

    monkeypatch.setattr(Writing, "commit", commits_and_dies)
    with pytest.raises(KeyboardInterrupt):
        steps.grow(house, ids)
    monkeypatch.undo()
    assert len(grown.commits(house)) == 1

    assert steps.publish(house, steps.grow(house, ids)) == ids
    [found] = grown.commits(house)
    assert {i.snapshot for i in grown.revisions(house, ItemState.PUBLISHED)} == {found.snapshot}


def test_what_was_not_committed_nobody_sees(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = judged(house)

    def dies(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(Writing, "commit", dies)
    with pytest.raises(KeyboardInterrupt):
        steps.grow(house, ids)
    monkeypatch.undo()

    assert grown.commits(house) == []
    assert steps.publish(house, ids) == []
    assert steps.grow(house, ids) == ids
    assert len(grown.there(house)) == 4


def test_an_item_that_does_not_fit_is_published_and_listed_with_the_reason(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    with opened(grown.settings(tmp_path, sandbox, end="2024-01-03T00:00:00Z")) as house:
        done = harvest(house, COLLECTION, WEEK)

        assert (done.published, done.left_out) == (4, 2)
        assert sorted(grown.there(house)) == ["2024-01-01", "2024-01-02"]
        with house.ledger.begin() as tx:
            listed = progress.troubles(tx, COLLECTION)
        reasons = {t.name: t.reason for t in listed if t.state == "published"}
        assert reasons.keys() == {"sandbox-sst-20240103", "sandbox-sst-20240104"}
        assert "came 2024-01-03T12:00:00Z" in reasons["sandbox-sst-20240103"]
        outside = grown.revisions(house, ItemState.PUBLISHED)[2]
        assert outside.stac["properties"]["inlet:outside"] == outside.outside
        assert "growing" not in outside.stac["assets"]
        assert grown.own_cube(house, outside).sizes["time"] == 1


def test_what_is_quarantined_is_not_copied_and_what_is_taken_back_goes(house: House) -> None:
    ids = judged(house)
    steps.grow(house, ids)
    with house.ledger.begin() as tx:
        [first] = items.claim(tx, [ItemState.JUDGED], ids[:1])
        items.move(tx, first.id, ItemState.JUDGED, ItemState.QUARANTINED, reason="looked at again")
    quarantine.discard(house, first.id, "Ada", "it is wrong")
    steps.publish(house, ids)

    harvest(house, COLLECTION, a_day(4))

    assert sorted(grown.there(house)) == ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]
    assert np.isnan(grown.dataset(house)[VARIABLE].isel(time=0).values).all()


def test_a_cube_whose_bytes_changed_after_its_verdict_is_not_copied(house: House) -> None:
    ids = judged(house, a_day())
    [item] = grown.revisions(house, ItemState.JUDGED)
    chunks = Path(house.store.url(item.cube["location"])) / VARIABLE / "c"
    next(path for path in chunks.rglob("*") if path.is_file()).write_bytes(b"other bytes")

    assert steps.grow(house, ids) == []
    assert grown.commits(house) == []
    with house.ledger.begin() as tx:
        [listed] = progress.troubles(tx, COLLECTION)
    assert "came other bytes" in listed.reason


def test_one_writer_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = judged(house, a_day())
    monkeypatch.setattr(growing, "LONGEST_WAIT_SECONDS", 0.0)
    other = "elsewhere/1/1"
    with house.ledger.begin() as tx:
        assert growth.claim(type(tx)(tx.connection, tx.now, other), COLLECTION)

    assert steps.grow(house, ids) == []
    assert steps.publish(house, ids) == []


def test_an_axis_without_an_end_grows_in_strides(tmp_path: Path, sandbox: Sandbox) -> None:
    with opened(
        grown.settings(tmp_path, sandbox, end=None, start="1999-12-31T12:00:00Z")
    ) as house:
        harvest(house, COLLECTION, a_day(0))
        harvest(house, COLLECTION, a_day(1))

        assert grown.dataset(house).sizes["time"] == 2 * 8760
        assert sorted(grown.there(house)) == ["2024-01-01", "2024-01-02"]


def test_the_signal_carries_the_snapshot(house: House) -> None:
    harvest(house, COLLECTION, a_day())

    tree = house.settings.catalog_root / COLLECTION / "sandbox-sst-20240101"
    item = json.loads((tree / "sandbox-sst-20240101.json").read_text())
    [commit] = grown.commits(house)
    assert item["properties"]["inlet:snapshot"] == commit.snapshot
