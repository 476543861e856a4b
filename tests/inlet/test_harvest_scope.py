"""A harvest of a part: just what was asked for, neither more nor less."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harvesters.selection import Area, Selection
from inlet import steps
from inlet.harvest import harvest, harvest_scope
from inlet.house import House
from inlet.scope import Scope
from inlet.settings import Settings
from lake.ledger import progress, scopes, watermarks
from lake.ledger.progress import Progress
from lake.nouns import Window
from sandbox.client import Sandbox
from tests.makers import a_day

WEEK = Window(a_day().start, a_day(6).end)
ONE = Selection(frozenset({"sandbox-sst-20240103"}))


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> Iterator[House]:
    opened = House.open(Settings(home=tmp_path, sandbox_url=sandbox.url))
    yield opened
    opened.close()


def far(house: House, collection: str = "sst") -> Progress:
    with house.ledger.begin() as tx:
        return progress.progress(tx, collection)


def test_items_asked_for_by_name_come_and_no_others(house: House) -> None:
    done = harvest_scope(house, Scope("sst", WEEK, ONE, alone=True))

    assert (done.published, far(house).discovered) == (1, 1)
    assert done.found.keys == ("sandbox-sst-20240103",)


def test_a_selection_moves_no_cursor_and_withdraws_nothing(house: House) -> None:
    harvest(house, "sst", WEEK)
    with house.ledger.begin() as tx:
        before = watermarks.every(tx, "sst")
    done = harvest_scope(house, Scope("sst", WEEK, ONE, alone=True))

    with house.ledger.begin() as tx:
        assert watermarks.every(tx, "sst") == before
    assert done.found.withdrawn == 0
    assert far(house).published == 7


def test_an_item_that_the_provider_has_not_is_no_other_item(house: House) -> None:
    nothing = Selection(frozenset({"sandbox-sst-19990101"}))
    done = harvest_scope(house, Scope("sst", WEEK, nothing, alone=True))

    assert (done.published, done.found.keys, far(house).discovered) == (0, (), 0)


@pytest.mark.parametrize(("area", "count"), [(Area(0, 0, 10, 10), 7), (Area(170, -9, -170, 9), 7)])
def test_an_area_takes_what_touches_it(house: House, area: Area, count: int) -> None:
    done = harvest_scope(house, Scope("sst", WEEK, Selection(area=area), alone=True))

    assert done.published == count


def test_a_window_alone_leaves_what_another_harvest_left_unfinished(house: House) -> None:

    steps.discover(house, "sst", a_day(4))
    done = harvest_scope(house, Scope("sst", a_day(), alone=True))

    assert done.published == 1
    assert len(steps.unfinished_offers(house, "sst")) == 1


def test_force_fetches_again_what_is_here_and_publishes_nothing_twice(house: House) -> None:
    harvest(house, "sst", a_day())
    again = harvest_scope(house, Scope("sst", a_day(), alone=True))
    forced = harvest_scope(house, Scope("sst", a_day(), alone=True, force=True))

    assert (again.published, forced.published, forced.left_out) == (0, 0, 0)
    assert (far(house).landed, far(house).assembled) == (1, 1)


def test_an_order_that_is_asked_for_by_its_item_is_the_only_one_placed(
    house: House, sandbox: Sandbox
) -> None:
    before = len(sandbox.orders("cds"))
    chosen = Selection(frozenset({"era5-20240102"}))
    done = harvest_scope(house, Scope("era5", WEEK, chosen, alone=True))

    assert done.published == 1
    assert len(sandbox.orders("cds")) - before == 2


def test_what_is_not_out_is_told_with_the_reason(house: House) -> None:

    steps.discover(house, "sst", a_day())
    with house.ledger.begin() as tx:
        mine = scopes.offers(tx, "sst", a_day(), None)
        [left] = scopes.not_out(tx, "sst", mine)

        assert scopes.published(tx, "sst", mine) == []
        assert (left.key, left.state) == ("sandbox-sst-20240101", "discovered")
