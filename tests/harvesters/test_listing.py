import pytest

from harvesters.discovery import discover
from harvesters.listing import Listing
from harvesters.source import Source
from lake.ledger.ledger import Ledger
from lake.ledger.schema import offer
from lake.nouns import Offer
from tests.harvesters.fake_gateway import WINDOW, FakeGateway, product

PARTS = Source(provider="fake", collection="C", queries={"sfc": {}, "pl": {}})


@pytest.mark.parametrize("source", [Source(provider="fake", collection="C"), PARTS])
def test_a_listing_names_offers_as_the_discovery_does(ledger: Ledger, source: Source) -> None:
    gateway = FakeGateway([product("a"), product("b", day=1), product("c", day=9)])
    discover(ledger, gateway, "c", source, WINDOW)
    with ledger.begin() as tx:
        noted = {
            (r.provider, r.native_id, r.stamp, r.part, r.item_key)
            for r in tx.connection.execute(offer.select())
        }

    listed: list[Offer] = []
    listing = Listing(gateway, "c", source, WINDOW, listed.extend)
    listing.read()

    assert {(o.provider, o.native_id, o.stamp, o.part, o.item_key) for o in listed} == noted
    assert listing.doubts == []


def test_fewer_than_stated_is_doubted() -> None:
    source = Source(provider="f", collection="C")
    three = [product("a"), product("b"), product("c")]
    hiding = FakeGateway(three, hidden=frozenset({"b", "c"}))
    listing = Listing(hiding, "c", source, WINDOW, list)
    listing.read()

    assert any("the provider states 3" in doubt for doubt in listing.doubts)
