import pytest

from harvesters.discovery import discover
from harvesters.errors import ProviderUnreachable
from harvesters.source import Source
from lake.ledger import offers, windows
from lake.ledger.ledger import Ledger
from lake.ledger.windows import WindowRecord
from lake.nouns import Window
from tests.harvesters.fake_gateway import DAY, START, WINDOW, FakeGateway, product
from tests.harvesters.rows import COLLECTION, SOURCE, row_of

THREE = tuple(product(name, day) for day, name in enumerate("abc"))


def last_window(ledger: Ledger) -> WindowRecord:
    with ledger.begin() as tx:
        return windows.recent(tx, 1)[0][0]


def test_what_a_provider_lists_becomes_offers_and_one_window(ledger: Ledger) -> None:
    found = discover(ledger, FakeGateway(THREE, stated=3), COLLECTION, SOURCE, WINDOW)

    assert (found.stated, found.found, found.unique, found.new) == (3, 3, 3, 3)
    assert last_window(ledger) == WindowRecord(COLLECTION, "fake", WINDOW, 3, 3, 3, 3, None)


def test_a_second_discovery_finds_nothing_new(ledger: Ledger) -> None:
    gateway = FakeGateway(THREE, stated=3)
    discover(ledger, gateway, COLLECTION, SOURCE, WINDOW)

    assert discover(ledger, gateway, COLLECTION, SOURCE, WINDOW).new == 0


def test_a_new_stamp_of_a_known_product_is_a_new_offer(ledger: Ledger) -> None:
    discover(ledger, FakeGateway(THREE), COLLECTION, SOURCE, WINDOW)
    again = product("a", stamp="2024-03-01T00:00:00Z")

    assert discover(ledger, FakeGateway([again]), COLLECTION, SOURCE, WINDOW).new == 1


def test_a_short_count_is_named(ledger: Ledger) -> None:
    found = discover(ledger, FakeGateway(THREE, stated=37), COLLECTION, SOURCE, WINDOW)

    assert found.reason == "the provider states 37, 3 were found"


def test_duplicates_are_counted_once_and_named(ledger: Ledger) -> None:
    gateway = FakeGateway((*THREE, THREE[0]), stated=4)
    found = discover(ledger, gateway, COLLECTION, SOURCE, WINDOW)

    assert (found.found, found.unique, found.new) == (4, 3, 3)
    assert found.reason == "the provider states 4, 3 were found; 1 came twice"


def test_an_empty_window_says_so(ledger: Ledger) -> None:
    later = Window(START + 300 * DAY, START + 301 * DAY)
    found = discover(ledger, FakeGateway(THREE, stated=0), COLLECTION, SOURCE, later)

    assert found.reason == (
        "the provider has nothing in [2024-11-27T00:00:00+00:00, 2024-11-28T00:00:00+00:00)"
    )


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
    assert last_window(ledger).new == 2
    assert last_window(ledger).reason == (
        "ProviderUnreachable: 500; the provider states 3, 2 were found"
    )


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
