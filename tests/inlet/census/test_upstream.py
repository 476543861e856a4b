"""Provider ↔ ledger: orders cut otherwise, providers that stand in, pages that break off."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from harvesters.errors import ProviderUnreachable
from harvesters.gateway import FORWARD, Product, Ways
from harvesters.source import Source
from inlet.census.gaps import Kind
from inlet.census.upstream import Upstream
from inlet.collection import Collection
from inlet.house import House
from lake.ledger import offers
from lake.ledger.ledger import Ledger
from lake.nouns import Offer, Window
from tests.harvesters.fake_gateway import DAY, START, FakeGateway, product
from tests.makers import a_granule, a_ledger, landed

TWO_DAYS = Window(START, START + 2 * DAY)
FAKE = Source(provider="fake", collection="C", key="item-{start:%Y%m%d}")


@dataclass
class AHouse:
    """As much of a house as the comparison needs."""

    ledger: Ledger
    gateway: FakeGateway


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return a_ledger(tmp_path)


def kinds(ledger: Ledger, gateway: FakeGateway, *sources: Source) -> list[Kind]:
    house = cast("House", AHouse(ledger, gateway))
    stac: Any = {"title": "t", "description": "d"}
    collection = Collection(id="c", sources=sources or (FAKE,), stac=stac)
    return [gap.kind for gap in Upstream(house, collection, TWO_DAYS).gaps()]


def an_offer_of(known: Product, provider: str = "fake", native_id: str = "") -> Offer:
    key = f"item-{known.window.start:%Y%m%d}"
    identifier = native_id or known.native_id
    order = known.needs_order
    return Offer("c", provider, identifier, known.stamp, "main", key, known.window, order, "{}")


def test_a_provider_that_breaks_off_is_uncounted_and_nothing_is_called_withdrawn(
    ledger: Ledger,
) -> None:
    seen = [product("a"), product("b"), product("c")]
    with ledger.begin() as tx:
        for known in seen:
            landed(tx, an_offer_of(known), [a_granule(known.native_id)])
    broken = FakeGateway(seen, search_error=ProviderUnreachable("gone"), breaks_after=1)

    assert set(kinds(ledger, broken)) == {Kind.UNCOUNTED}


def test_a_provider_that_lists_nothing_where_something_landed_is_uncounted(
    ledger: Ledger,
) -> None:
    with ledger.begin() as tx:
        landed(tx, an_offer_of(product("a")), [a_granule()])

    assert kinds(ledger, FakeGateway([], stated=0)) == [Kind.UNCOUNTED]


def test_what_another_provider_brought_is_not_missing(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        landed(tx, an_offer_of(product("a"), "another", "other-id"), [a_granule()])

    assert kinds(ledger, FakeGateway([product("a")])) == []


def test_the_next_provider_is_asked_where_the_first_is_silent(ledger: Ledger) -> None:
    @dataclass
    class FirstIsSilent(FakeGateway):
        def search(self, source, part, window, view=FORWARD):
            if source.provider == "silent":
                raise ProviderUnreachable("silent")
            yield from super().search(source, part, window, view)

    with ledger.begin() as tx:
        landed(tx, an_offer_of(product("a")), [a_granule()])
    silent = Source(provider="silent", collection="C")

    assert kinds(ledger, FirstIsSilent([product("a")]), silent, FAKE) == []
    assert kinds(ledger, FirstIsSilent([product("a")]), silent) == [Kind.UNCOUNTED]


def test_orders_cut_otherwise_cover_the_same_time(ledger: Ledger) -> None:
    whole = product("whole", needs_order=True, stamp=None)
    with ledger.begin() as tx:
        for name, part in (("am", 0), ("pm", 1)):
            begin = START + part * timedelta(hours=12)
            half = Window(begin, begin + timedelta(hours=12))
            offer = Offer("c", "fake", name, None, "main", "item", half, True, "{}")
            if name == "am":
                landed(tx, offer, [a_granule(name)])
            else:
                later = offer
    gateway = FakeGateway([whole], searched=Ways(takes_orders=True))
    assert kinds(ledger, gateway) == [Kind.MISSING]

    with ledger.begin() as tx:
        landed(tx, later, [a_granule("pm")])
    assert kinds(ledger, gateway) == []


@pytest.mark.parametrize("stamp", ["2024-01-02T00:00:00+00:00", "2024-01-02T01:00:00.000+01:00"])
def test_the_same_moment_written_otherwise_is_no_other_revision(
    ledger: Ledger, stamp: str
) -> None:
    with ledger.begin() as tx:
        landed(tx, an_offer_of(product("a", stamp="2024-01-02T00:00:00Z")), [a_granule("a")])

    assert kinds(ledger, FakeGateway([product("a", stamp=stamp)])) == []


def test_an_offer_without_a_reason_is_missing_until_it_lands(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        offers.record(tx, [an_offer_of(product("a"))])

    assert kinds(ledger, FakeGateway([product("a")])) == [Kind.MISSING]
