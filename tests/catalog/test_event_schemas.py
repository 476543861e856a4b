import json
from dataclasses import astuple
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from catalog import event_schemas, events
from catalog.cloudevents import CloudEvent
from catalog.event_schemas import Topics
from tests.catalog.test_events import OURS, one_of_each

TOPICS = Topics("the.items", "the.harvests", "the.requests", "the.replies", "the.dead")


def validate(message: object, schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(message)


def message_of(type_: str) -> dict[str, Any]:
    """A message of a type, as it is sent or taken."""
    if type_ != events.REQUEST:
        said: dict[str, Any] = json.loads(CloudEvent(one_of_each()[type_]).to_json())
        return said
    window = {"start": "2024-01-01T00:00:00Z", "end": "2024-01-02T00:00:00Z"}
    envelope = {"specversion": "1.0", "id": "m-1", "source": "ada", "type": type_}
    return {**envelope, "data": {"collection": "sst", **window, "ids": ["a"]}}


@pytest.mark.parametrize("type_", sorted(OURS))
def test_a_real_message_of_every_type_keeps_to_its_schema_and_to_no_other(type_: str) -> None:
    message = json.loads(CloudEvent(one_of_each()[type_]).to_json())

    validate(message, event_schemas.schema(type_))
    for other in set(event_schemas.TITLES) - {type_}:
        with pytest.raises(ValidationError):
            validate(message, event_schemas.schema(other))


@pytest.mark.parametrize("type_", sorted(OURS))
@pytest.mark.parametrize("missing", ["id", "data", "time"])
def test_a_message_that_lacks_something_does_not_keep_to_its_schema(
    type_: str, missing: str
) -> None:
    message = json.loads(CloudEvent(one_of_each()[type_]).to_json())
    del message[missing]

    with pytest.raises(ValidationError, match=missing):
        validate(message, event_schemas.schema(type_))


def test_a_slim_message_keeps_to_the_schema_only_with_its_link() -> None:
    event = CloudEvent(one_of_each()[events.CREATED]).slimmed("https://api/items/1")
    message = json.loads(event.to_json())
    validate(message, event_schemas.schema(events.CREATED))
    del message["dataref"]

    with pytest.raises(ValidationError, match="dataref"):
        validate(message, event_schemas.schema(events.CREATED))


def test_the_asyncapi_document_holds_together() -> None:
    document = event_schemas.asyncapi(TOPICS)
    refs = list(_refs(document))
    channels = document["channels"]
    told = [type_ for channel in channels.values() for type_ in channel["messages"]]

    assert document["asyncapi"] == "3.0.0"
    assert {channel["address"] for channel in channels.values()} == set(astuple(TOPICS))
    assert sorted(told) == sorted(document["components"]["messages"])
    assert refs
    for ref in refs:
        assert _at(document, ref)
    for type_, message in document["components"]["messages"].items():
        assert "$schema" not in message["payload"]["schema"]
        validate(message_of(type_), message["payload"]["schema"])


@pytest.mark.parametrize(
    "wrong", [{"collection": ""}, {"start": 3}, {"force": "yes"}, {"area": [1, 2]}, {"bbox": 1}]
)
def test_a_request_with_something_wrong_does_not_keep_to_its_schema(wrong: dict[str, Any]) -> None:
    message = message_of(events.REQUEST)
    validate(message, event_schemas.schema(events.REQUEST))
    message["data"] |= wrong

    with pytest.raises(ValidationError):
        validate(message, event_schemas.schema(events.REQUEST))


def _refs(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for part in node.values() for ref in _refs(part)]
    return []


def _at(document: Any, ref: str) -> object:
    for name in ref.removeprefix("#/").split("/"):
        document = document[name]
    return document
