from dataclasses import replace

import pytest

from harvesters.discovery import discover
from harvesters.errors import ProviderUnreachable
from harvesters.source import Source
from lake.ledger import offers, windows
from lake.ledger.ledger import Ledger
from lake.ledger.windows import WindowRecord
from lake.nouns import Window
from tests.harvesters.fake_gateway import DAY, START, WINDOW, FakeGateway, product
from tests.harvesters.rows import COLLECTION, SOURCE, discovered, row_of

THREE = tuple(product(name, day) for day, name in enumerate("abc"))


def last_window(ledger: Ledger) -> WindowRecord:
    with ledger.begin() as tx:
        return windows.recent(tx, 1)[0][0]


def test_what_a_provider_lists_becomes_offers_and_one_window(ledger: Ledger) -> None:
    found = discover(ledger, FakeGateway(THREE, stated=3), COLLECTION, SOURCE, WINDOW)

    assert (found.stated, found.found, found.unique, found.new) == (3, 3, 3, 3)
    known = last_window(ledger)
    assert replace(known, asked_at=None) == WindowRecord(
        COLLECTION, "fake", WINDOW, 3, 3, 3, 3, None
    )


def test_a_second_discovery_finds_nothing_new(ledger: Ledger) -> None:
    gateway = FakeGateway(THREE, stated=3)
    discover(ledger, gateway, COLLECTION, SOURCE, WINDOW)

    assert discover(ledger, gateway, COLLECTION, SOURCE, WINDOW).new == 0


def test_a_new_stamp_of_a_known_product_is_a_new_offer(ledger: Ledger) -> None:
    discover(ledger, FakeGateway(THREE), COLLECTION, SOURCE, WINDOW)
    again = product("a", stamp="2024-03-01T00:00:00Z")

    assert discover(ledger, FakeGateway([again]), COLLECTION, SOURCE, WINDOW).new == 1


def test_a_product_that_is_counted_and_not_shown_is_named_where_it_should_be(
    ledger: Ledger,
) -> None:
    gateway = FakeGateway(THREE, hidden=("c",))
    found = discover(ledger, gateway, COLLECTION, SOURCE, WINDOW)

    assert (found.new, found.unique) == (2, 2)
    assert "the provider states 2, 1 were found" in (found.reason or "")
    assert not last_window(ledger).is_accounted


def test_a_window_that_was_cut_stays_as_the_parent_of_its_halves(ledger: Ledger) -> None:
    gateway = FakeGateway(THREE, cap=2)
    found = discover(ledger, gateway, COLLECTION, SOURCE, WINDOW)
    with ledger.begin() as tx:
        ((whole, _),) = windows.recent(tx)
        halves = windows.halves(tx, 1)

    assert (found.new, found.reason, whole.is_accounted, whole.is_leaf) == (3, None, True, False)
    assert (whole.unique, whole.new) == (3, 3)
    assert all(half.is_accounted for _, half in halves)


def test_duplicates_are_counted_once(ledger: Ledger) -> None:
    gateway = FakeGateway((*THREE, THREE[0]), stated=3)
    found = discover(ledger, gateway, COLLECTION, SOURCE, WINDOW)

    assert (found.found, found.unique, found.new, found.reason) == (4, 3, 3, None)


def test_an_empty_window_is_accounted_for(ledger: Ledger) -> None:
    later = Window(START + 300 * DAY, START + 301 * DAY)
    found = discover(ledger, FakeGateway(THREE, stated=0), COLLECTION, SOURCE, later)

    assert (found.found, found.reason, last_window(ledger).is_accounted) == (0, None, True)


def test_nothing_where_there_was_something_is_doubted(ledger: Ledger) -> None:
    discover(ledger, FakeGateway(THREE, stated=3), COLLECTION, SOURCE, WINDOW)
    found = discover(ledger, FakeGateway(()), COLLECTION, SOURCE, WINDOW)

    assert found.reason == "the provider has nothing where it had 3 before"
    assert found.withdrawn == 0


def test_what_is_not_listed_any_more_is_withdrawn_and_taken_up_when_it_is_back(
    ledger: Ledger,
) -> None:
    ids = discovered(ledger, *THREE)
    without = discover(ledger, FakeGateway(THREE[:2], stated=2), COLLECTION, SOURCE, WINDOW)
    gone = [row_of(ledger, i).state for i in ids]
    discover(ledger, FakeGateway(THREE, stated=3), COLLECTION, SOURCE, WINDOW)

    assert without.withdrawn == 1
    assert gone == ["discovered", "discovered", "withdrawn"]
    assert row_of(ledger, ids[2]).state == "discovered"


def test_a_revision_whose_place_a_newer_one_took_is_not_withdrawn(ledger: Ledger) -> None:
    ids = discovered(ledger, *THREE)
    renewed = (product("a", stamp="2024-03-01T00:00:00Z"), *THREE[1:])
    found = discover(ledger, FakeGateway(renewed, stated=3), COLLECTION, SOURCE, WINDOW)

    assert (found.new, found.withdrawn) == (1, 0)
    assert row_of(ledger, ids[0]).state == "discovered"


def test_an_unreachable_provider_leaves_a_window_with_the_reason(ledger: Ledger) -> None:
    gateway = FakeGateway(search_error=ProviderUnreachable("no route"))

    with pytest.raises(ProviderUnreachable):
        discover(ledger, gateway, COLLECTION, SOURCE, WINDOW)
    assert last_window(ledger).reason == "ProviderUnreachable: no route"


def test_what_came_before_an_error_is_kept_and_the_error_named(ledger: Ledger) -> None:
    error = ProviderUnreachable("500")
    gateway = FakeGateway(THREE, stated=3, search_error=error, breaks_after=1)

    with pytest.raises(ProviderUnreachable):
        discover(ledger, gateway, COLLECTION, SOURCE, WINDOW)
    with ledger.begin() as tx:
        kept = len(offers.unfinished(tx, COLLECTION))
    assert kept >= 2
    assert "ProviderUnreachable: 500" in (last_window(ledger).reason or "")


def test_a_product_beside_the_window_is_left_for_its_own(ledger: Ledger) -> None:
    found = discover(
        ledger, FakeGateway(THREE, stated=2), COLLECTION, SOURCE, Window(START, START + DAY)
    )

    assert (found.found, found.new, found.reason) == (2, 1, None)


def test_an_entry_that_is_no_product_is_named_and_harms_no_other(ledger: Ledger) -> None:
    gateway = FakeGateway(THREE, stated=4, unreadable=("'d' has no ISO times",))
    found = discover(ledger, gateway, COLLECTION, SOURCE, WINDOW)

    assert (found.found, found.new) == (4, 3)
    assert found.reason == "'d' has no ISO times"


def test_one_product_may_serve_two_parts_of_an_item(ledger: Ledger) -> None:
    source = Source(provider="fake", collection="T", queries={"surface": {}, "upper": {}})
    found = discover(ledger, FakeGateway(THREE[:1], stated=1), COLLECTION, source, WINDOW)
    with ledger.begin() as tx:
        ids = offers.unfinished(tx, COLLECTION)

    assert (found.stated, found.new) == (2, 2)
    assert {row_of(ledger, i).part for i in ids} == {"surface", "upper"}
    assert {row_of(ledger, i).item_key for i in ids} == {"a"}
