"""What events look like, for machines: a JSON Schema of each type, and an AsyncAPI 3 document."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter

from catalog import cloudevents, events
from catalog.cloudevents import MEDIA_TYPE, SPEC_VERSION
from catalog.events import (
    Alert,
    DeadLetter,
    Gone,
    HarvestEnded,
    PortfolioChanged,
    Quarantined,
    RequestAnswered,
    Superseded,
)
from harvesters.request import RequestDocument

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string", "minLength": 1}
_PAYLOADS = {
    events.DELETED: Gone,
    events.WITHDRAWN: Gone,
    events.SUPERSEDED: Superseded,
    events.QUARANTINED: Quarantined,
    events.HARVEST_COMPLETED: HarvestEnded,
    events.HARVEST_FAILED: HarvestEnded,
    events.COLLECTION_LIVE: PortfolioChanged,
    events.COLLECTION_REMOVED: PortfolioChanged,
    **dict.fromkeys(events.OF_REQUESTS, RequestAnswered),
    events.ALERT: Alert,
    events.DEAD_LETTER: DeadLetter,
    events.REQUEST: RequestDocument,
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
    events.ALERT: "Somebody should look at a collection",
    events.COLLECTION_LIVE: "A collection is harvested from now on",
    events.COLLECTION_REMOVED: "A collection is harvested no more; what is published stays",
    events.REQUEST: "A harvest is asked for",
    events.REQUEST_ACCEPTED: "A request stands and will be run",
    events.REQUEST_REJECTED: "A request cannot be run as it was asked for",
    events.REQUEST_COMPLETED: "What was asked for is out, or listed with the reason",
    events.REQUEST_FAILED: "What was asked for could not be harvested",
    events.REQUEST_DISMISSED: "A request is wanted no more",
    events.DEAD_LETTER: "A message was no request, and was set aside",
}


@dataclass(frozen=True, slots=True)
class Topics:
    """Kafka's topics by what they carry; ``requests`` alone is written by others, read by us."""

    items: str
    harvests: str
    requests: str
    replies: str
    dead: str


def schema(type_: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the events of a type, envelope and payload."""
    return {"$schema": _DIALECT, **_envelope(type_)}


def asyncapi(topics: Topics, source: str = cloudevents.SOURCE) -> dict[str, Any]:
    """Return the AsyncAPI 3 document of the topics."""
    channels = {
        "items": (topics.items, events.OF_ITEMS),
        "harvests": (topics.harvests, events.OF_HARVESTS),
        "requests": (topics.requests, (events.REQUEST,)),
        "replies": (topics.replies, events.OF_REQUESTS),
        "dead-letters": (topics.dead, (events.DEAD_LETTER,)),
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Inlet",
            "version": version("inlet"),
            "description": (
                f"What {source} published, held back, withdrew and harvested, and what it may be "
                "asked for. At least once, in the order of each key; an event that comes again "
                "has the same id."
            ),
        },
        "defaultContentType": MEDIA_TYPE,
        "channels": {
            name: {
                "address": topic,
                "messages": {type_: {"$ref": f"#/components/messages/{type_}"} for type_ in types},
                "bindings": {"kafka": {"topic": topic, "bindingVersion": "0.5.0"}},
            }
            for name, (topic, types) in channels.items()
        },
        "operations": {_operation(name): _told(name) for name in channels},
        "components": {"messages": {type_: _message(type_) for type_ in TITLES}},
    }


def _operation(channel: str) -> str:
    return "take-requests" if channel == "requests" else f"tell-of-{channel}"


def _told(channel: str) -> dict[str, Any]:
    action = "receive" if channel == "requests" else "send"
    told: dict[str, Any] = {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}
    if channel == "requests":
        told["reply"] = {"channel": {"$ref": "#/channels/replies"}}
    return told


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
    ours = ["subject", "time"] if type_ != events.REQUEST else []
    return {
        "title": TITLES[type_],
        "description": "CloudEvents 1.0.2 in structured mode; the key is the subject.",
        "type": "object",
        "required": ["specversion", "id", "source", "type", *ours, "data"],
        "properties": {
            "specversion": {"const": SPEC_VERSION},
            "id": {**_TEXT, "description": "Follows from what happened: drop seconds."},
            "source": {**_TEXT, "format": "uri-reference"},
            "type": {"const": type_},
            "subject": _subject(type_),
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


def _subject(type_: str) -> dict[str, Any]:
    if type_ in events.OF_ITEMS:
        return {**_TEXT, "pattern": "^[^/]+/.+$"}
    return {**_TEXT, "pattern": "^[^/]+$"} if type_ in events.OF_HARVESTS else _TEXT


def _payload(type_: str) -> dict[str, Any]:
    described = TypeAdapter(_PAYLOADS[type_]).json_schema()
    whole: dict[str, Any] = _inlined(described, described.pop("$defs", {}))
    if type_ == events.REQUEST:
        return whole
    return {**whole, "required": list(whole["properties"])}


def _inlined(node: Any, known: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Return a schema without references, which would count from the document's root."""
    if isinstance(node, dict):
        named = node.get("$ref")
        if isinstance(named, str):
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return {**_inlined(known[named.rpartition("/")[2]], known), **rest}
        return {key: _inlined(value, known) for key, value in node.items()}
    return [_inlined(part, known) for part in node] if isinstance(node, list) else node
