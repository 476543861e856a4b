import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalog import cloudevents, events
from catalog.cloudevents import CloudEvent
from catalog.errors import NotAnEvent
from lake.ledger import outbox
from tests.catalog.makers import published
from tests.catalog.test_events import one_of_each
from tests.makers import a_ledger


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
