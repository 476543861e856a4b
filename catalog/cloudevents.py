"""Signals in their envelope: CloudEvents 1.0.2, JSON, structured mode."""

import json
from dataclasses import dataclass, replace
from typing import Any

from catalog.errors import BadQuery, NotAnEvent
from catalog.events import ITEM_MEDIA_TYPE, media_type
from catalog.times import from_text, to_text
from lake.nouns import Signal

SPEC_VERSION = "1.0"
MEDIA_TYPE = "application/cloudevents+json"
SOURCE = "urn:inlet"


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """A signal and where it comes from (a URI-reference that names this Inlet).

    ``item_at`` is where the item is to be had where the event does not carry it whole.
    """

    signal: Signal
    source: str = SOURCE
    item_at: str | None = None

    def to_json(self) -> str:
        """Return the envelope in structured mode, the same text for the same signal."""
        envelope: dict[str, Any] = {
            "specversion": SPEC_VERSION,
            "id": self.signal.id,
            "source": self.source,
            "type": self.signal.type,
            "subject": self.signal.subject,
            "time": to_text(self.signal.time),
            "datacontenttype": media_type(self.signal.type),
        }
        if self.item_at is not None:
            envelope |= {"dataref": self.item_at, "inletslimmed": True}
        # the payload is JSON already: to read and write it again is the larger part of relaying
        return f'{json.dumps(envelope)[:-1]}, "data": {self.signal.data}}}'

    def slimmed(self, item_at: str) -> "CloudEvent":
        """Return the event with the item's name and a link to it in the place of the item."""
        item = json.loads(self.signal.data)
        slim = {name: item[name] for name in ("type", "stac_version", "id", "collection")}
        slim["links"] = [{"rel": "self", "href": item_at, "type": ITEM_MEDIA_TYPE}]
        return replace(self, signal=replace(self.signal, data=json.dumps(slim)), item_at=item_at)


def read(text: bytes) -> CloudEvent:
    """Read an event in structured mode.

    Raises:
        NotAnEvent: it is none.
    """
    try:
        said = json.loads(text)
        signal = Signal(
            id=str(said["id"]),
            type=str(said["type"]),
            subject=str(said["subject"]),
            time=from_text(said["time"]),
            data=json.dumps(said["data"]),
        )
        return CloudEvent(signal, str(said["source"]), said.get("dataref"))
    except (ValueError, TypeError, KeyError, BadQuery) as error:
        raise NotAnEvent(
            f"expected a CloudEvent in structured mode, came {error!r} in {text[:80]!r}"
        ) from error
