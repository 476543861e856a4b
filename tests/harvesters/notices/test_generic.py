import json
from datetime import UTC, datetime

import pytest

from harvesters.errors import BadNotice
from harvesters.notices.generic import parse
from harvesters.notices.message import Message
from lake.nouns import Window
from tests.harvesters.notices.messages import SAMPLES, a_message, a_sample
from tests.makers import NEW_YEAR, a_day


def test_a_plain_hint_says_what_when_and_which() -> None:
    told = parse(a_sample("hint", "webhook"))

    assert (told.source, told.id, told.collection) == ("webhook", "hint-1", "sst")
    assert told.window == a_day()
    assert told.native_ids == ("sandbox-sst-20240101",)


def test_a_stac_item_tells_of_itself() -> None:
    told = parse(a_sample("stac_item", "kafka"))

    assert (told.collection, told.native_ids) == ("sst", ("sandbox-sst-20240102",))
    assert told.window == Window(
        datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 2, 23, 59, 59, tzinfo=UTC)
    )


def test_a_cloud_event_is_known_by_its_source_and_id() -> None:
    told = parse(a_sample("cloudevent", "kafka"))

    assert told.id == "urn:another-inlet e-1"
    assert told.collection == "sst"
    assert told.keys["type"] == "org.ogc.api.collection.item.create"


def test_a_binary_cloud_event_has_its_attributes_in_the_headers() -> None:
    event = json.loads((SAMPLES / "cloudevent.json").read_text())
    attributes = {f"ce_{key}": value for key, value in event.items() if isinstance(value, str)}
    message = Message("kafka", json.dumps(event["data"]).encode(), NEW_YEAR, attributes)

    told = parse(message)

    assert (told.id, told.collection) == ("urn:another-inlet e-1", "sst")


def test_a_message_without_an_id_is_known_by_what_carried_it_else_by_its_place() -> None:
    body = '{"collection": "sst"}'
    placed = Message("kafka", body.encode(), NEW_YEAR, place="news/0/7")

    assert parse(a_message(body, webhook_id="w-1")).id == "w-1"
    assert parse(placed).id == "news/0/7"
    assert parse(a_message(body)).id == parse(a_message(body)).id


def test_the_signed_id_counts_more_than_the_one_in_the_body() -> None:
    assert parse(a_message('{"id": "b", "collection": "sst"}', webhook_id="w")).id == "w"


def test_a_very_long_id_is_shortened_to_one_the_ledger_has_room_for() -> None:
    told = parse(a_message(json.dumps({"id": "x" * 1000, "collection": "sst"})))

    assert len(told.id) <= 256


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "its body"),
        (b"\xff\xfe", "its body"),
        (b"[]", "object|dictionary"),
        (b"[" * 100_000, "its body"),
        (b"{}", "names its collection"),
        (b'{"collection": "sst", "start": "yesterday"}', "start"),
        (b'{"collection": "sst", "start": "2024-01-01T00:00:00"}', "timezone"),
        (b'{"collection": "sst", "start": "9999-12-31T23:00:00Z"}', "expected a time from"),
        (
            b'{"collection": "s", "start": "2024-01-02T00:00:00Z", "end": "2024-01-01T00:00:00Z"}',
            "start before end",
        ),
        (b'{"collection": "a\\u0000b"}', "NUL"),
        (b'{"specversion": "0.3", "id": "1", "source": "s", "type": "t", "data": {}}', "1.0"),
        (b'{"type": "Feature", "id": "i"}', "properties"),
    ],
)
def test_what_is_no_hint_is_refused_with_what_is_wrong(body: bytes, said: str) -> None:
    with pytest.raises(BadNotice, match=said):
        parse(a_message(body))
