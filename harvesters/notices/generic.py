"""What a webhook's body or a topic's record may say: a plain hint, a STAC item, a CloudEvent.

    {"id": "…", "collection": "sst", "start": "2024-01-01T00:00:00Z", "end": "…", "ids": ["…"]}

A CloudEvent (1.0, structured, or binary with its attributes in ``ce-`` or ``ce_`` headers) holds
either as its data.
"""

from pydantic import BaseModel, Field

from harvesters.errors import BadNotice
from harvesters.notices.message import Message, fitting
from harvesters.notices.reading import Moment, json_object, read, scalars, window_of
from lake.ledger.notices import Notice

_WEBHOOK_ID = "webhook-id"  # standardwebhooks.com
_HEADER_PREFIXES = ("ce-", "ce_")  # CloudEvents' bindings to HTTP and to Kafka


class _Hint(BaseModel):
    id: str | None = Field(None, min_length=1)
    collection: str | None = Field(None, min_length=1, max_length=128)
    start: Moment | None = None
    end: Moment | None = None
    ids: tuple[str, ...] = ()


class _Properties(BaseModel):
    datetime: Moment | None = None
    start_datetime: Moment | None = None
    end_datetime: Moment | None = None


class _StacItem(BaseModel):
    id: str = Field(min_length=1)
    collection: str | None = Field(None, max_length=128)
    properties: _Properties


class _CloudEvent(BaseModel):
    specversion: str = Field(pattern=r"^1\.0")
    id: str = Field(min_length=1)
    source: str = Field(min_length=1)
    type: str = Field(min_length=1)
    data: dict[str, object]


def parse(message: Message) -> Notice:
    """Read a plain hint, a STAC item, or a CloudEvent that holds one of them."""
    document = json_object(message.body)
    attributes = _binary_attributes(message)
    if attributes:
        document = {**attributes, "data": document}
    if "specversion" not in document:
        return _hinted(message, document, message.headers.get(_WEBHOOK_ID))
    event = read(_CloudEvent, document, "a CloudEvent 1.0")
    return _hinted(message, event.data, f"{event.source} {event.id}", {"type": event.type})


def _hinted(
    message: Message,
    document: dict[str, object],
    known_as: str | None,
    more: dict[str, str] | None = None,
) -> Notice:
    if document.get("type") == "Feature":
        item = read(_StacItem, document, "a STAC item")
        times = item.properties
        hint = _Hint(
            collection=item.collection,
            start=times.start_datetime or times.datetime,
            end=times.end_datetime or times.datetime,
            ids=(item.id,),
        )
    else:
        hint = read(_Hint, document, "a hint with collection, start and end, or ids")
    if hint.collection is None and not more:
        raise BadNotice("expected a hint that names its collection, came one that names none")
    # a STAC item's id names the item, not the news of it: `hint` has none then
    identifier = known_as or hint.id or message.fallback_id
    return Notice(
        source=message.source,
        id=fitting(identifier),
        received_at=message.received_at,
        raw=message.body.decode(errors="backslashreplace"),
        collection=hint.collection,
        window=window_of(hint.start, hint.end),
        native_ids=hint.ids,
        keys={**scalars(document), **(more or {})},
    )


def _binary_attributes(message: Message) -> dict[str, object]:
    """Return a CloudEvent's attributes that stand in headers; none where it is not one."""
    for prefix in _HEADER_PREFIXES:
        if f"{prefix}specversion" in message.headers:
            named = {k: v for k, v in message.headers.items() if k.startswith(prefix)}
            return {name.removeprefix(prefix): value for name, value in named.items()}
    return {}
