"""A static catalogue is held against what it says of itself besides its links."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from harvesters.discovery import Found, discover
from harvesters.eodag import EodagGateway
from harvesters.provider import Provider
from harvesters.source import Source
from harvesters.witnesses import Account, counted_in, hull
from lake.ledger.ledger import Ledger
from lake.nouns import Window
from tests.harvesters.fake_gateway import DAY, START, WINDOW
from tests.harvesters.tiny_server import Reply, TinyServer

SOURCE = Source(provider="static", collection="tiles")
OPEN = {"temporal": {"interval": [["2024-02-01T00:00:00Z", None]]}}


def put(server: TinyServer, path: str, document: Mapping[str, Any]) -> None:
    server.put(path, Reply(json.dumps(document).encode(), headers={"Content-Type": "json"}))


def discovered(ledger: Ledger, server: TinyServer, **collection: Any) -> Found:
    """Discover a catalogue of one collection with one item, of the first of February."""
    links = [{"rel": "item", "href": "item.json"}, *collection.pop("links", [])]
    described = {"type": "Collection", "id": "tiles", "extent": OPEN, **collection, "links": links}
    put(server, "/collection.json", described)
    item = {
        "type": "Feature",
        "id": "a",
        "collection": "tiles",
        "geometry": {"type": "Point", "coordinates": [0, 0]},
        "properties": {"datetime": "2024-02-01T12:00:00Z"},
        "assets": {"data": {"href": "a.nc"}},
    }
    put(server, "/item.json", item)
    search = {"type": "StaticStacSearch", "api_endpoint": f"{server.url}/collection.json"}
    block = {
        "search": {**search, "asset_key_from_href": False, "timeout": 5},
        "products": {"tiles": {"_collection": "tiles"}},
        "download": {"type": "HTTPDownload"},
    }
    provider = Provider(id="static", title="static", eodag=block, allow_private=True)
    gateway = EodagGateway({"static": provider}, {}, pause=lambda _: None)
    return discover(ledger, gateway, "c", SOURCE, WINDOW)


def test_one_item_and_nothing_else_said_is_all_there_is(
    ledger: Ledger, server: TinyServer
) -> None:
    assert discovered(ledger, server).reason is None


@pytest.mark.parametrize("said", [{"numberMatched": 3}, {"context": {"matched": 3}}])
def test_a_count_that_is_not_met_is_named(
    ledger: Ledger, server: TinyServer, said: dict[str, Any]
) -> None:
    found = discovered(ledger, server, **said)

    assert (found.stated, found.found) == (3, 1)
    assert found.reason == "the provider states 3, 1 were found"


def test_an_api_beside_the_files_is_asked_for_its_count(
    ledger: Ledger, server: TinyServer
) -> None:
    put(server, "/items", {"numberMatched": 2, "features": []})
    found = discovered(ledger, server, links=[{"rel": "items", "href": "items"}])

    assert found.reason == "the provider states 2, 1 were found"


def test_an_api_that_does_not_answer_is_no_witness(ledger: Ledger, server: TinyServer) -> None:
    found = discovered(ledger, server, links=[{"rel": "items", "href": "nowhere"}])

    assert (found.stated, found.reason) == (1, None)


def test_data_that_do_not_reach_as_far_as_is_said_are_named(
    ledger: Ledger, server: TinyServer
) -> None:
    extent = {"temporal": {"interval": [["2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z"]]}}
    reason = discovered(ledger, server, extent=extent).reason or ""

    assert "its data begin at 2024-01-01T00:00:00Z" in reason
    assert "those that are linked end at 2024-02-01T12:00:01Z" in reason


ELSEWHERE = "http://169.254.169.254/latest/meta-data/item.json"


def test_an_item_off_the_providers_hosts_is_named_and_not_asked_for(
    ledger: Ledger, server: TinyServer
) -> None:
    found = discovered(ledger, server, links=[{"rel": "item", "href": ELSEWHERE}])

    assert "came 169.254.169.254:80; add that host" in (found.reason or "")


def test_a_redirect_off_the_providers_hosts_is_not_followed(
    ledger: Ledger, server: TinyServer
) -> None:
    server.put("/moved.json", Reply(status=302, headers={"Location": ELSEWHERE}))
    found = discovered(ledger, server, links=[{"rel": "item", "href": "moved.json"}])

    assert "came 169.254.169.254:80; add that host" in (found.reason or "")


def test_a_day_more_or_less_is_a_way_of_writing() -> None:
    told = Account(begins=START, ends=START + 2 * DAY)

    assert told.doubts(Window(START + DAY, START + 1.5 * DAY)) == ()
    assert told.doubts(None) == ()


def test_another_collections_account_is_not_listened_to() -> None:
    told = Account()
    told.hear({"type": "Collection", "id": "others", "numberMatched": 9}, "u", {"tiles"})
    told.hear({"type": "Catalog", "id": "tiles", "numberMatched": 9}, "u", {"tiles"})

    assert told == Account()


@pytest.mark.parametrize(
    "extent", [None, {}, {"temporal": {"interval": []}}, {"temporal": {"interval": [["x", 3]]}}]
)
def test_an_extent_that_cannot_be_read_says_nothing(extent: object) -> None:
    told = Account()
    told.hear({"type": "Collection", "id": "tiles", "extent": extent}, "u", {"tiles"})

    assert (told.begins, told.ends) == (None, None)


def test_what_is_no_count_is_none() -> None:
    assert counted_in({"numberMatched": "many"}) is None
    assert counted_in({}) is None


def test_the_hull_of_windows_is_from_the_first_begin_to_the_last_end() -> None:
    one = Window(START, START + DAY)
    other = Window(datetime(2024, 1, 1, tzinfo=UTC), START)

    assert hull([one, other]) == Window(other.start, one.end)
    assert hull([]) is None
