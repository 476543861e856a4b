"""Old snapshots go once no item names them, and the growing cube grows on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inlet import growing
from inlet.growing_expiry import expire
from inlet.harvest import harvest
from inlet.house import House, opened
from lake.ledger import growth
from lake.ledger.ledger import Ledger
from sandbox.client import Sandbox
from tests.inlet import grown
from tests.inlet.grown import COLLECTION, VARIABLE
from tests.makers import a_day
from transforms.errors import GrowthFailed
from transforms.writers.icechunk import Expired

MONTH = timedelta(days=30)


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> Iterator[House]:
    with opened(grown.settings(tmp_path, sandbox)) as house:
        yield house


def two_months_later(house: House) -> House:
    ledger = Ledger.open(
        house.settings.ledger_url, lambda: datetime.now(UTC) + 2 * MONTH, "later/1/1"
    )
    return replace(house, ledger=ledger)


def test_what_items_name_stays_and_the_cube_grows_on(house: House) -> None:
    harvest(house, COLLECTION, a_day(0))
    harvest(house, COLLECTION, a_day(1))
    [second, first] = grown.commits(house)
    one = grown.dataset(house, first.snapshot)[VARIABLE].load()

    assert expire(house, COLLECTION, MONTH) == Expired(0, 0)
    expire(two_months_later(house), COLLECTION, MONTH)

    assert grown.commits(house)[0].snapshot == second.snapshot
    assert grown.dataset(house, first.snapshot)[VARIABLE].identical(one)
    assert harvest(house, COLLECTION, a_day(2)).published == 1
    assert sorted(grown.there(house)) == ["2024-01-01", "2024-01-02", "2024-01-03"]


def test_where_another_writes_it_is_left_for_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    harvest(house, COLLECTION, a_day(0))
    monkeypatch.setattr(growing, "LONGEST_WAIT_SECONDS", 0.0)
    with house.ledger.begin() as tx:
        assert growth.claim(type(tx)(tx.connection, tx.now, "elsewhere/1/1"), COLLECTION)

    with pytest.raises(GrowthFailed, match="another process has it"):
        expire(house, COLLECTION, MONTH)


def test_a_collection_that_has_not_grown_has_nothing_to_lose(house: House) -> None:
    assert expire(house, COLLECTION, MONTH) == Expired(0, 0)
