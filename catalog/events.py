"""Signals in their envelope: CloudEvents 1.0.2, JSON, structured mode.

Types are those of OGC API Pub/Sub (draft 25-030); the payload is the STAC item.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.times import to_text
from lake.ledger.outbox import Signal
from lake.nouns import Item, ItemPublished

SPEC_VERSION = "1.0"
MEDIA_TYPE = "application/cloudevents+json"
DATA_MEDIA_TYPE = "application/geo+json"
CREATED = "org.ogc.api.collection.item.create"
UPDATED = "org.ogc.api.collection.item.update"
SOURCE = "urn:inlet"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:inlet:events")


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """A signal and where it comes from (a URI-reference that names this Inlet)."""

    signal: ItemPublished
    source: str = SOURCE

    def to_json(self) -> str:
        """Return the envelope in structured mode, the same text for the same signal."""
        return json.dumps(
            {
                "specversion": SPEC_VERSION,
                "id": self.signal.id,
                "source": self.source,
                "type": self.signal.type,
                "subject": self.signal.subject,
                "time": to_text(self.signal.time),
                "datacontenttype": DATA_MEDIA_TYPE,
                "data": json.loads(self.signal.data),
            }
        )


def item_published(item: Item, type_: str, time: datetime) -> ItemPublished:
    """Return the signal of an item's revision; its id follows from (item, revision, type)."""
    name = json.dumps([item.collection, item.key, item.revision, type_])
    return ItemPublished(
        id=str(uuid.uuid5(_NAMESPACE, name)),
        type=type_,
        subject=f"{item.collection}/{item.key}",
        time=time,
        data=item.stac,
    )


def from_outbox(signal: Signal, source: str = SOURCE) -> CloudEvent:
    """Return a row of the outbox in its envelope."""
    row = ItemPublished(
        signal.event_id, signal.type, signal.subject, signal.created_at, json.dumps(signal.data)
    )
    return CloudEvent(row, source)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the envelope."""
    text = {"type": "string", "minLength": 1}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An item was published",
        "description": "CloudEvents 1.0.2 in structured mode; data is a STAC item.",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
        "properties": {
            "specversion": {"const": SPEC_VERSION},
            "id": {**text, "description": "Follows from item, revision and type: drop seconds."},
            "source": {**text, "format": "uri-reference"},
            "type": {"enum": [CREATED, UPDATED]},
            "subject": {"type": "string", "pattern": "^[^/]+/.+$"},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": DATA_MEDIA_TYPE},
            "data": {
                "type": "object",
                "required": ["type", "stac_version", "id", "collection", "properties", "assets"],
                "properties": {"type": {"const": "Feature"}},
            },
        },
    }
