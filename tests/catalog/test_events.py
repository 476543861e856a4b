import json
from dataclasses import replace

from jsonschema import Draft202012Validator, FormatChecker

from catalog import events
from lake.ledger import outbox
from tests.catalog.makers import described, published
from tests.makers import NEW_YEAR, StillClock, a_ledger


def test_the_id_of_an_event_follows_from_item_revision_and_type() -> None:
    item = described()
    first = events.item_published(item, events.CREATED, NEW_YEAR)
    others = [
        events.item_published(replace(item, revision="r2"), events.CREATED, NEW_YEAR),
        events.item_published(replace(item, key="k"), events.CREATED, NEW_YEAR),
        events.item_published(item, events.UPDATED, NEW_YEAR),
    ]

    assert first.id == events.item_published(item, events.CREATED, StillClock().now).id
    assert len({first.id, *(other.id for other in others)}) == 4


def test_the_envelope_keeps_to_its_schema_and_carries_the_item(tmp_path) -> None:
    ledger = a_ledger(tmp_path)
    item = published(ledger)
    with ledger.begin() as tx:
        event = events.from_outbox(outbox.unsent(tx)[0], "urn:here")
    envelope = json.loads(event.to_json())

    Draft202012Validator.check_schema(events.schema())
    Draft202012Validator(events.schema(), format_checker=FormatChecker()).validate(envelope)
    assert envelope["data"] == json.loads(item.stac)
    assert envelope["subject"] == "era5/era5-20240101"
    assert envelope["source"] == "urn:here"


def test_an_envelope_is_the_same_text_each_time() -> None:
    signal = events.item_published(described(), events.CREATED, NEW_YEAR)

    assert events.CloudEvent(signal).to_json() == events.CloudEvent(signal).to_json()
