"""A step of a run waits for items that another run holds: green means that all is there."""

import threading
import time
from pathlib import Path

import pytest

from dags import tasks
from inlet import steps
from inlet.harvest import bring
from inlet.house import House
from inlet.settings import Settings
from lake.ledger import items, work
from lake.ledger.ledger import Ledger
from lake.ledger.schema import item
from lake.ledger.states import ItemState
from sandbox.client import Sandbox
from tests.makers import a_day


def test_an_item_that_another_run_holds_is_waited_for(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_LOOK_EVERY_SECONDS", 0.1)
    house = House.open(Settings(home=tmp_path, sandbox_url=sandbox.url))
    bring(house, "sst", a_day())
    [row] = steps.assemble(house, "sst")
    other = Ledger.open(house.settings.ledger_url, owner="another host")
    with other.begin() as tx:
        assert items.claim(tx, [ItemState.ASSEMBLING], [row])

    def let_go() -> None:
        time.sleep(1)
        with other.begin() as tx:
            work.release(tx, item, [row])

    holding = threading.Thread(target=let_go)
    holding.start()
    done = tasks._until_none_waits(house, [row], steps.convert, ItemState.ASSEMBLING)

    holding.join()
    assert done == [row]
    other.close()
    house.close()
