from dataclasses import replace
from datetime import timedelta

from lake.ledger import windows
from lake.ledger.windows import PUBLISHED, SENSING, WindowRecord
from lake.nouns import Window
from tests.makers import NEW_YEAR, StillClock, a_day, a_ledger

WHOLE = WindowRecord("era5", "cds", a_day(), 3, 3, 3, 3)
MISSING = replace(WHOLE, is_accounted=False, reason="2 of 3")
LATER = NEW_YEAR + timedelta(days=30)


def test_halves_are_found_by_their_parent_and_recent_shows_the_whole(url: str) -> None:
    with a_ledger(url).begin() as tx:
        parent = windows.record(tx, replace(MISSING, is_leaf=False))
        windows.record(tx, replace(WHOLE, parent=parent))
        windows.record(tx, replace(MISSING, parent=parent))
        shown = [(found.parent, found.reason) for found, _ in windows.recent(tx)]

        assert [half.reason for _, half in windows.halves(tx, parent)] == [None, "2 of 3"]
        assert shown == [(parent, "2 of 3"), (None, "2 of 3")]


def test_a_cut_window_is_accounted_for_when_its_leaves_are(url: str) -> None:
    with a_ledger(url).begin() as tx:
        parent = windows.record(tx, replace(MISSING, is_leaf=False))
        windows.settle(tx, parent, unique=5, new=4, is_accounted=True)
        ((found, _),) = windows.recent(tx)

        assert (found.is_accounted, found.unique, found.new) == (True, 5, 4)


def test_only_whole_windows_that_are_accounted_for_count_and_no_further_than_now(url: str) -> None:
    ledger = a_ledger(url, StillClock(NEW_YEAR + timedelta(hours=12)))
    with ledger.begin() as tx:
        windows.record(tx, WHOLE)
        windows.record(tx, replace(MISSING, window=a_day(1)))
        windows.record(tx, replace(WHOLE, by=PUBLISHED))
        found = windows.accounted(tx, "era5", "cds", SENSING, ["main"], NEW_YEAR)

        assert found == {"main": [Window(NEW_YEAR, NEW_YEAR + timedelta(hours=12))]}
        assert windows.accounted(tx, "era5", "cds", SENSING, ["main"], LATER) == {"main": []}


def test_a_span_of_some_length_is_known_by_its_parts_whatever_came_of_it(url: str) -> None:
    day = timedelta(days=1)
    with a_ledger(url).begin() as tx:
        windows.record(tx, replace(MISSING, part="upper"))
        windows.record(tx, replace(WHOLE, window=Window(NEW_YEAR, NEW_YEAR + day / 2)))
        windows.record(tx, replace(WHOLE, part="published", by=PUBLISHED))

        assert windows.ended_since(tx, "era5", "cds", SENSING, day, NEW_YEAR) == {"upper"}
        assert windows.ended_since(tx, "era5", "cds", SENSING, day, LATER) == set()
