"""The DAG that tidies up, parsed and run whole, without a scheduler."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.utils.db import initdb

from inlet.house import opened
from inlet.settings import Settings
from lake.clock import wall_clock
from lake.ledger import items
from lake.partials import LONGEST_KEPT
from tests.catalog.makers import published
from tests.dags.conftest import DAGS


@pytest.fixture(scope="module")
def bag() -> DagBag:
    initdb()
    return DagBag(str(DAGS))


def test_what_broke_off_long_ago_is_swept_and_what_is_published_stays(
    bag: DagBag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INLET_HOME", str(tmp_path))
    with opened(Settings()) as house:
        published(house.ledger)
        old, fresh = (kept(house.store.partials().root / name) for name in ("old", "fresh"))
    long_ago = (wall_clock() - LONGEST_KEPT - timedelta(hours=1)).timestamp()
    os.utime(old, (long_ago, long_ago))

    assert bag.dags["housekeeping"].doc_md
    assert str(bag.dags["housekeeping"].test(logical_date=wall_clock()).state) == "success"
    assert (old.exists(), fresh.exists()) == (False, True)
    with opened(Settings()) as house, house.ledger.begin() as tx:
        assert len(items.published(tx)) == 1


def kept(place: Path) -> Path:
    place.mkdir(parents=True)
    return place
