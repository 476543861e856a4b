"""What events look like, for machines: a JSON Schema of each type, and an AsyncAPI 3 document."""

from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter

from catalog import events
from catalog.events import MEDIA_TYPE, SPEC_VERSION, Gone, HarvestEnded, Quarantined, Superseded

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string", "minLength": 1}
_PAYLOADS = {
    events.DELETED: Gone,
    events.WITHDRAWN: Gone,
    events.SUPERSEDED: Superseded,
    events.QUARANTINED: Quarantined,
    events.HARVEST_COMPLETED: HarvestEnded,
    events.HARVEST_FAILED: HarvestEnded,
}
TITLES = {
    events.CREATED: "An item came out for the first time",
    events.UPDATED: "A newer revision of an item came out",
    events.DELETED: "An item is in the catalogue no more",
    events.SUPERSEDED: "A revision gave way to a newer one",
    events.WITHDRAWN: "An item is not to be used any more",
    events.QUARANTINED: "The quality gate held a revision back",
    events.HARVEST_COMPLETED: "A harvest ended",
    events.HARVEST_FAILED: "A harvest failed",
}


def schema(type_: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the events of a type, envelope and payload."""
    return {"$schema": _DIALECT, **_envelope(type_)}


def asyncapi(items: str, harvests: str, source: str = events.SOURCE) -> dict[str, Any]:
    """Return the AsyncAPI 3 document of the two topics."""
    topics = {"items": (items, events.OF_ITEMS), "harvests": (harvests, events.OF_HARVESTS)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Inlet",
            "version": version("inlet"),
            "description": (
                f"What {source} published, held back, withdrew and harvested. At least once, in "
                "the order of each key; an event that comes again has the same id."
            ),
        },
        "defaultContentType": MEDIA_TYPE,
        "channels": {
            name: {
                "address": topic,
                "messages": {type_: {"$ref": f"#/components/messages/{type_}"} for type_ in types},
                "bindings": {"kafka": {"topic": topic, "bindingVersion": "0.5.0"}},
            }
            for name, (topic, types) in topics.items()
        },
        "operations": {
            f"tell-of-{name}": {"action": "send", "channel": {"$ref": f"#/channels/{name}"}}
            for name in topics
        },
        "components": {"messages": {type_: _message(type_) for type_ in TITLES}},
    }


def _message(type_: str) -> dict[str, Any]:
    return {
        "name": type_,
        "title": TITLES[type_],
        "contentType": MEDIA_TYPE,
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": _envelope(type_),
        },
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
    }


def _envelope(type_: str) -> dict[str, Any]:
    of_item = type_ in events.OF_ITEMS
    return {
        "title": TITLES[type_],
        "description": "CloudEvents 1.0.2 in structured mode; the key is the subject.",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
        "properties": {
            "specversion": {"const": SPEC_VERSION},
            "id": {**_TEXT, "description": "Follows from what happened: drop seconds."},
            "source": {**_TEXT, "format": "uri-reference"},
            "type": {"const": type_},
            "subject": {**_TEXT, "pattern": "^[^/]+/.+$" if of_item else "^[^/]+$"},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": events.media_type(type_)},
            **(_item() if type_ in events.ITEM_OUT else {"data": _payload(type_)}),
        },
        **(_where_slimmed() if type_ in events.ITEM_OUT else {}),
    }


def _item() -> dict[str, Any]:
    return {
        "dataref": {**_TEXT, "format": "uri-reference", "description": "Where the item is."},
        "inletslimmed": {"const": True, "description": "The item was too large to be sent."},
        "data": {
            "type": "object",
            "required": ["type", "stac_version", "id", "collection", "links"],
            "properties": {"type": {"const": "Feature"}, "id": _TEXT, "collection": _TEXT},
        },
    }


def _where_slimmed() -> dict[str, Any]:
    """Return that an item is whole, or that it is said where it is."""
    return {
        "if": {"required": ["inletslimmed"]},
        "then": {"required": ["dataref"]},
        "else": {"properties": {"data": {"required": ["properties", "assets", "bbox"]}}},
    }


def _payload(type_: str) -> dict[str, Any]:
    described = TypeAdapter(_PAYLOADS[type_]).json_schema()
    return {**described, "required": list(described["properties"])}
