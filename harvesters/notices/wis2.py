"""WIS2 notification messages, version 1.x of the WMO's standard: GeoJSON that says where data is.

The same ``id`` again is a copy of a message; a newer ``pubtime`` under the same ``data_id`` with
an ``update`` link is a new version of the data.
Sources: the WIS2 Guide, and github.com/wmo-im/wis2-notification-message.
"""

from typing import Literal

from pydantic import BaseModel, Field

from harvesters.errors import BadNotice
from harvesters.notices.message import Message, fitting
from harvesters.notices.reading import Moment, json_object, read, window_of
from lake.ledger.notices import Notice

LONGEST_MESSAGE_BYTES = 8192
_CHANGES = ("canonical", "update", "deletion")


class _Integrity(BaseModel):
    method: Literal["sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"]
    value: str = Field(min_length=1)


class _Properties(BaseModel):
    data_id: str = Field(min_length=1)
    pubtime: Moment
    metadata_id: str | None = None
    datetime: Moment | None = None
    start_datetime: Moment | None = None
    end_datetime: Moment | None = None
    integrity: _Integrity | None = None


class _Link(BaseModel):
    rel: str
    href: str = Field(min_length=1)


class _Message(BaseModel):
    id: str = Field(min_length=1)
    type: Literal["Feature"]
    properties: _Properties
    links: tuple[_Link, ...] = Field(min_length=1)


def parse(message: Message) -> Notice:
    """Read a notification message of 1.x."""
    if len(message.body) > LONGEST_MESSAGE_BYTES:
        raise BadNotice(
            f"expected at most {LONGEST_MESSAGE_BYTES} bytes, as WIS2 allows, came "
            f"{len(message.body)}"
        )
    told = read(_Message, json_object(message.body), "a WIS2 notification message")
    changes = [link.rel for link in told.links if link.rel in _CHANGES]
    if len(changes) != 1:
        raise BadNotice(f"expected exactly one link of {', '.join(_CHANGES)}, came {len(changes)}")
    facts = told.properties
    topic, _, data = facts.data_id.rpartition("/")
    return Notice(
        source=message.source,
        id=fitting(told.id),
        received_at=message.received_at,
        raw=message.body.decode(errors="backslashreplace"),
        window=window_of(
            facts.start_datetime or facts.datetime, facts.end_datetime or facts.datetime
        ),
        native_ids=(facts.data_id,),
        keys={
            "topic": topic,
            "data": data,
            "change": changes[0],
            "metadata_id": facts.metadata_id or "",
        },
    )
