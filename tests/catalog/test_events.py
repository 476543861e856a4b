import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalog import cloudevents, events
from catalog.cloudevents import CloudEvent
from catalog.errors import NotAnEvent
from catalog.events import (
    Alert,
    DeadLetter,
    Gone,
    HarvestEnded,
    NotOut,
    PortfolioChanged,
    Quarantined,
    RequestAnswered,
    Superseded,
)
from lake.ledger import outbox
from lake.nouns import Signal
from tests.catalog.makers import described, published
from tests.makers import NEW_YEAR, StillClock, a_ledger

NAME = ("era5", "era5-20240101", "r1")
ANSWER = RequestAnswered(
    "d1g3st",
    "era5",
    "ada",
    "m-1",
    "completed",
    "request__d1g3st",
    None,
    None,
    1,
    ("i",),
    (NotOut("k", "failed", "no answer"),),
)
OURS = {*events.OF_ITEMS, *events.OF_HARVESTS, *events.OF_REQUESTS, events.DEAD_LETTER}
ENDED = HarvestEnded("era5", "run 1", NEW_YEAR, NEW_YEAR, None, 3, 1)
CHANGED = PortfolioChanged("era5", "cds", "Ada", "wanted", 0)


def one_of_each() -> dict[str, Signal]:
    """A signal of every type."""
    gone = Gone(*NAME, "wrong coordinates", "Ada")
    signals = (
        events.item_published(described(), events.CREATED, NEW_YEAR),
        events.item_published(described(), events.UPDATED, NEW_YEAR),
        events.item_deleted(gone, NEW_YEAR),
        events.item_withdrawn(gone, NEW_YEAR),
        events.item_superseded(Superseded(*NAME, "r2"), NEW_YEAR),
        events.item_quarantined(Quarantined(*NAME, "plausible@1", "too warm"), 0, NEW_YEAR),
        events.harvest_ended(ENDED, NEW_YEAR),
        events.harvest_ended(replace(ENDED, reason="no answer"), NEW_YEAR),
        events.collection_live(CHANGED, NEW_YEAR),
        events.collection_removed(CHANGED, NEW_YEAR),
        *(events.request_answered(ANSWER, type_, NEW_YEAR) for type_ in events.OF_REQUESTS),
        events.alert(Alert("era5", "late", "run 1", "expected within 6 h"), NEW_YEAR),
        events.dead_letter(DeadLetter("t/0/7", "bad-request", "not JSON", 2, "e3s="), NEW_YEAR),
    )
    return {signal.type: signal for signal in signals}


def test_every_type_has_a_maker_and_stands_on_one_topic() -> None:
    assert set(one_of_each()) == OURS
    assert len(OURS) == len([*events.OF_ITEMS, *events.OF_HARVESTS, *events.OF_REQUESTS]) + 1


def test_the_id_of_an_event_follows_from_what_happened() -> None:
    item = described()
    held = Quarantined(*NAME, "plausible@1", "too warm")
    first = events.item_published(item, events.CREATED, NEW_YEAR)
    others = [
        events.item_published(replace(item, revision="r2"), events.CREATED, NEW_YEAR),
        events.item_published(replace(item, key="k"), events.CREATED, NEW_YEAR),
        *(events.item_quarantined(held, occasion, NEW_YEAR) for occasion in (1, 2)),
        events.harvest_ended(replace(ENDED, run="run 2"), NEW_YEAR),
        *one_of_each().values(),
    ]

    assert first.id == events.item_published(item, events.CREATED, StillClock().now).id
    assert len({other.id for other in others}) == len(others)


def test_the_envelope_carries_the_item_as_it_came_out(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path)
    item = published(ledger)
    with ledger.begin() as tx:
        envelope = json.loads(CloudEvent(outbox.unsent(tx)[0], "urn:here").to_json())

    assert envelope["data"] == json.loads(item.stac)
    assert envelope["subject"] == "era5/era5-20240101"
    assert envelope["source"] == "urn:here"


@pytest.mark.parametrize("type_", one_of_each())
def test_what_was_written_is_read_again(type_: str) -> None:
    event = CloudEvent(one_of_each()[type_], "urn:here")
    again = cloudevents.read(event.to_json().encode())

    assert json.loads(again.signal.data) == json.loads(event.signal.data)
    assert replace(again, signal=replace(again.signal, data=event.signal.data)) == event


def test_an_envelope_is_the_same_text_each_time() -> None:
    def text() -> str:
        return CloudEvent(one_of_each()[events.CREATED]).to_json()

    assert text() == text()


def test_a_slim_event_says_where_the_item_is_and_keeps_its_id() -> None:
    whole = CloudEvent(one_of_each()[events.UPDATED])
    slim = whole.slimmed("https://api/items/1")
    envelope = json.loads(slim.to_json())

    assert slim.signal.id == whole.signal.id
    assert (envelope["dataref"], envelope["inletslimmed"]) == ("https://api/items/1", True)
    assert set(envelope["data"]) == {"type", "stac_version", "id", "collection", "links"}
    assert cloudevents.read(slim.to_json().encode()) == slim


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda _: b"\xff",
        lambda _: b"[]",
        lambda _: b'{"id": "1"}',
        lambda text: text.replace(b"2024-01-01T", b"yesterday "),
    ],
)
def test_what_is_no_event_is_refused(spoil: Callable[[bytes], bytes]) -> None:
    text = CloudEvent(one_of_each()[events.DELETED]).to_json().encode()

    with pytest.raises(NotAnEvent, match="expected a CloudEvent"):
        cloudevents.read(spoil(text))
