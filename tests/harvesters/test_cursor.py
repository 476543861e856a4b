"""The cursor: it finds what is late and what is new, and passes nothing by."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from harvesters import cursor
from harvesters.discovery import Found, discover
from harvesters.errors import Misconfigured
from harvesters.gateway import By, Ways
from harvesters.source import Source
from lake.ledger import offers
from lake.ledger.ledger import Ledger
from lake.ledger.schema import offer
from lake.nouns import Window
from tests.harvesters.fake_gateway import DAY, START, FakeGateway, product
from tests.makers import StillClock, a_ledger

HOUR = timedelta(hours=1)
NOW = START + 10 * DAY
SOURCE = Source(provider="fake", collection="THINGS", since=START)
STAMPED = Ways(can_sort=True, by_publication=True, floor=HOUR)
UNSTAMPED = Ways(can_sort=True, floor=HOUR, lateness=2 * DAY)


def published(name: str, day: int, on_day: float) -> object:
    return product(name, day, stamp=(START + on_day * DAY).isoformat())


class Harvest:
    """A ledger whose clock a test turns, and a provider that it fills."""

    def __init__(self, place: Path, ways: Ways, source: Source = SOURCE) -> None:
        self.clock = StillClock(NOW)
        self.ledger: Ledger = a_ledger(place, self.clock)
        self.gateway = FakeGateway(searched=ways)
        self.source = source

    def offer(self, *products: object) -> None:
        self.gateway.products = (*self.gateway.products, *products)  # type: ignore[assignment]

    def due(self) -> cursor.Due:
        return cursor.due(self.ledger, self.gateway, "c", self.source)

    def run(self, is_landed: bool = True) -> Found:
        due = self.due()
        assert due.window is not None
        found = discover(self.ledger, self.gateway, "c", self.source, due.window, due.by)
        if is_landed:
            with self.ledger.begin() as tx:
                tx.connection.execute(update(offer).values(state="landed"))
        return found

    def stands(self) -> datetime | None:
        return cursor.advance(self.ledger, "c", self.source)


def test_it_begins_where_the_source_says_and_asks_until_now(tmp_path: Path) -> None:
    harvest = Harvest(tmp_path, STAMPED)

    assert harvest.due() == cursor.Due(Window(START - HOUR, NOW), By.PUBLISHED)


def test_nobody_says_where_it_begins(tmp_path: Path) -> None:
    harvest = Harvest(tmp_path, STAMPED, SOURCE.model_copy(update={"since": None}))

    with pytest.raises(Misconfigured, match="inlet cursor set c --to"):
        harvest.due()


def test_it_moves_to_the_moment_at_which_the_provider_was_asked(tmp_path: Path) -> None:
    harvest = Harvest(tmp_path, STAMPED)
    harvest.offer(published("a", 0, 1))
    harvest.run()

    assert harvest.stands() == NOW
    assert harvest.due().window is None or harvest.due().window == Window(NOW - HOUR, NOW)


def test_it_does_not_pass_an_offer_that_is_on_its_way(tmp_path: Path) -> None:
    harvest = Harvest(tmp_path, STAMPED)
    harvest.offer(published("a", 0, 1), published("b", 1, 2))
    harvest.run(is_landed=False)

    assert harvest.stands() == START + DAY


def test_it_does_not_pass_a_window_that_is_not_accounted_for(tmp_path: Path) -> None:
    harvest = Harvest(tmp_path, STAMPED)
    harvest.offer(published("a", 0, 1), published("b", 1, 2))
    harvest.gateway.hidden = ("b",)
    harvest.run()

    assert harvest.stands() == START


def test_late_data_and_new_revisions_come_by_their_publication(tmp_path: Path) -> None:
    harvest = Harvest(tmp_path, STAMPED)
    harvest.offer(published("a", 5, 6))
    harvest.run()
    harvest.stands()
    harvest.clock.pass_time(days=1)
    harvest.offer(published("late", 0, 10.5), published("a", 5, 10.6))
    again = harvest.run()

    assert (again.found, again.new, harvest.stands()) == (2, 2, NOW + DAY)


def test_what_is_indexed_late_is_found_by_the_overlap(tmp_path: Path) -> None:
    harvest = Harvest(tmp_path, STAMPED)
    harvest.run()
    harvest.stands()
    harvest.clock.pass_time(days=1)
    harvest.offer(published("slow", 9, 10 - 0.5 / 24))

    assert harvest.run().new == 1


def test_without_publication_time_a_span_of_lateness_is_read_again(tmp_path: Path) -> None:
    harvest = Harvest(tmp_path, UNSTAMPED)
    harvest.run()
    harvest.stands()
    harvest.clock.pass_time(hours=1)
    harvest.offer(product("late", 8))

    assert harvest.due() == cursor.Due(Window(NOW - 2 * DAY - HOUR, NOW + HOUR), By.SENSING)
    assert harvest.run().new == 1


def test_a_sources_own_lateness_goes_before_the_providers(tmp_path: Path) -> None:
    own = SOURCE.model_copy(update={"lateness": 5 * DAY})
    due = Harvest(tmp_path, UNSTAMPED, own).due()

    assert due.window == Window(START - 5 * DAY - HOUR, NOW)


def test_orders_are_for_whole_days_that_are_late_enough(tmp_path: Path) -> None:
    harvest = Harvest(tmp_path, Ways(takes_orders=True, lateness=2 * DAY))
    harvest.clock.pass_time(hours=7)

    assert harvest.due() == cursor.Due(Window(START, START + 8 * DAY), By.SENSING)
    harvest.run()
    assert harvest.stands() == START + 8 * DAY
    assert harvest.due().window is None


def test_a_cursor_that_counts_in_another_time_is_refused(tmp_path: Path) -> None:
    harvest = Harvest(tmp_path, STAMPED)
    harvest.due()
    harvest.gateway.searched = UNSTAMPED

    with pytest.raises(Misconfigured, match="it stands in published time"):
        harvest.due()


def test_a_cursor_may_be_set_backwards(tmp_path: Path) -> None:
    harvest = Harvest(tmp_path, STAMPED)
    harvest.run()
    harvest.stands()
    by = cursor.put(harvest.ledger, harvest.gateway, "c", harvest.source, START - DAY)

    assert by is By.PUBLISHED
    assert harvest.due().window == Window(START - DAY - HOUR, NOW)
    with harvest.ledger.begin() as tx:
        assert offers.unfinished(tx, "c") == []
