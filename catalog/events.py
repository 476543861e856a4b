"""What signals say, and what each is called.

Types are those of OGC API Pub/Sub (draft 25-030) where it has one; the payload of an item that
came out is the item itself. An id follows from what happened: the same again has the same id.
"""

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime

from catalog.times import to_text
from lake.nouns import Item, Signal

CREATED = "org.ogc.api.collection.item.create"
UPDATED = "org.ogc.api.collection.item.update"
DELETED = "org.ogc.api.collection.item.delete"
SUPERSEDED = "inlet.item.superseded"
WITHDRAWN = "inlet.item.withdrawn"
QUARANTINED = "inlet.item.quarantined"
HARVEST_COMPLETED = "inlet.harvest.completed"
HARVEST_FAILED = "inlet.harvest.failed"
COLLECTION_LIVE = "inlet.collection.live"
COLLECTION_REMOVED = "inlet.collection.removed"
ALERT = "inlet.collection.alert"
REQUEST = "inlet.harvest.request"
REQUEST_ACCEPTED = "inlet.request.accepted"
REQUEST_REJECTED = "inlet.request.rejected"
REQUEST_COMPLETED = "inlet.request.completed"
REQUEST_FAILED = "inlet.request.failed"
REQUEST_DISMISSED = "inlet.request.dismissed"
DEAD_LETTER = "inlet.request.dead"

ITEM_OUT = (CREATED, UPDATED)
"""What carries a STAC item."""
OF_CATALOGUE = (*ITEM_OUT, DELETED, WITHDRAWN)
"""What a copy of the catalogue has to hear of."""
OF_ITEMS = (*ITEM_OUT, DELETED, SUPERSEDED, WITHDRAWN, QUARANTINED)
OF_HARVESTS = (
    HARVEST_COMPLETED,
    HARVEST_FAILED,
    COLLECTION_LIVE,
    COLLECTION_REMOVED,
    ALERT,
)
OF_REQUESTS = (
    REQUEST_ACCEPTED,
    REQUEST_REJECTED,
    REQUEST_COMPLETED,
    REQUEST_FAILED,
    REQUEST_DISMISSED,
)
"""What those who asked for a harvest are told."""

ITEM_MEDIA_TYPE = "application/geo+json"
"""Of a STAC item."""
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:inlet:events")


@dataclass(frozen=True, slots=True)
class Gone:
    """A published item was withdrawn or deleted: by whom, and why."""

    collection: str
    id: str
    revision: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Superseded:
    """A published revision gave way to ``successor``, the revision that the id names now."""

    collection: str
    id: str
    revision: str
    successor: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A revision was held back by the quality gate: by which suite, and why."""

    collection: str
    id: str
    revision: str
    suite: str
    reason: str


@dataclass(frozen=True, slots=True)
class HarvestEnded:
    """A run over a collection ended: over ``[start, end)``, or since the cursor where null.

    ``published`` items came out since it began; ``left_out`` offers and items fell out, each
    listed with its reason. ``reason`` is why it failed, null where it completed.
    """

    collection: str
    run: str
    began: datetime
    start: datetime | None
    end: datetime | None
    published: int
    left_out: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """Somebody should look at a collection: it is late, or a census found it incomplete.

    ``kind`` is ``late`` or ``census``; ``occasion`` is the run that gave rise to it.
    """

    collection: str
    kind: str
    occasion: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotOut:
    """An item, or a part of one, that was asked for and did not come out, and why."""

    item: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """What became of a request for a harvest: ``request`` is the name by which we speak of it.

    ``correlation`` is the requester's own id of its message. ``code`` and ``reason`` say why it
    was rejected or failed. ``published`` counts the items of it that are out, of which ``items``
    names the first thousand; ``left_out`` are those that are not.
    """

    request: str
    collection: str
    requester: str
    correlation: str
    state: str
    run: str = ""
    code: str | None = None
    reason: str | None = None
    published: int = 0
    items: tuple[str, ...] = ()
    left_out: tuple[NotOut, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that is no request: where it stands, why it is none, and its bytes in base64.

    Of a large one only the beginning is here; ``size`` is how many bytes there were.
    """

    place: str
    code: str
    reason: str
    size: int
    content: str


@dataclass(frozen=True, slots=True)
class PortfolioChanged:
    """A collection was taken into the portfolio or out of it: by whom, and why.

    ``items`` are published of it at that time, and stay.
    """

    collection: str
    provider: str
    by: str
    reason: str
    items: int


def media_type(type_: str) -> str:
    """Return the media type of what events of a type carry."""
    return ITEM_MEDIA_TYPE if type_ in ITEM_OUT else "application/json"


def item_published(item: Item, type_: str, time: datetime, returns: int = 0) -> Signal:
    """Return the signal of an item's revision; its id follows from (item, revision, type).

    ``returns`` tells one time from another: how often the revision came back after it was out.
    """
    return Signal(
        id=_id(item.collection, item.key, item.revision, type_, *_occasion(returns)),
        type=type_,
        subject=f"{item.collection}/{item.key}",
        time=time,
        data=item.stac,
    )


def item_deleted(gone: Gone, time: datetime, returns: int = 0) -> Signal:
    """Return the signal that an item is in the catalogue no more; see ``item_published``."""
    return _of_item(gone, DELETED, time, *_occasion(returns))


def item_withdrawn(gone: Gone, time: datetime, returns: int = 0) -> Signal:
    """Return the signal that an item is not to be used any more, though it is kept."""
    return _of_item(gone, WITHDRAWN, time, *_occasion(returns))


def item_superseded(superseded: Superseded, time: datetime) -> Signal:
    """Return the signal that a revision gave way to a newer one."""
    return _of_item(superseded, SUPERSEDED, time)


def item_quarantined(held: Quarantined, occasion: int, time: datetime) -> Signal:
    """Return the signal that the gate held a revision back.

    ``occasion`` tells one time from another: how often somebody had decided about it before.
    """
    return _of_item(held, QUARANTINED, time, str(occasion))


def harvest_ended(ended: HarvestEnded, time: datetime) -> Signal:
    """Return the signal that a harvest came to its end; its id follows from the run."""
    type_ = HARVEST_COMPLETED if ended.reason is None else HARVEST_FAILED
    span = [to_text(t) if t else None for t in (ended.began, ended.start, ended.end)]
    payload = asdict(ended) | dict(zip(("began", "start", "end"), span, strict=True))
    name = _id(ended.collection, ended.run, type_)
    return Signal(name, type_, ended.collection, time, json.dumps(payload))


def alert(what: Alert, time: datetime) -> Signal:
    """Return the signal that somebody should look; each occasion is told of once."""
    name = _id(what.collection, what.kind, what.occasion, ALERT)
    return Signal(name, ALERT, what.collection, time, json.dumps(asdict(what)))


def request_answered(answer: RequestAnswered, type_: str, time: datetime) -> Signal:
    """Return the signal of what became of a request; each message is answered once with each."""
    name = _id(answer.request, answer.correlation, type_)
    subject = answer.request or answer.correlation
    return Signal(name, type_, subject, time, json.dumps(asdict(answer)))


def dead_letter(letter: DeadLetter, time: datetime) -> Signal:
    """Return the signal that a message was set aside; its id follows from the place."""
    name = _id(letter.place, DEAD_LETTER)
    return Signal(name, DEAD_LETTER, letter.place, time, json.dumps(asdict(letter)))


def collection_live(changed: PortfolioChanged, time: datetime) -> Signal:
    """Return the signal that a collection is harvested from now on."""
    return _of_portfolio(changed, COLLECTION_LIVE, time)


def collection_removed(changed: PortfolioChanged, time: datetime) -> Signal:
    """Return the signal that a collection is harvested no more; what is published stays."""
    return _of_portfolio(changed, COLLECTION_REMOVED, time)


def _of_portfolio(changed: PortfolioChanged, type_: str, time: datetime) -> Signal:
    name = _id(changed.collection, type_, to_text(time))
    return Signal(name, type_, changed.collection, time, json.dumps(asdict(changed)))


def _of_item(
    what: Gone | Superseded | Quarantined, type_: str, time: datetime, *occasion: str
) -> Signal:
    return Signal(
        id=_id(what.collection, what.id, what.revision, type_, *occasion),
        type=type_,
        subject=f"{what.collection}/{what.id}",
        time=time,
        data=json.dumps(asdict(what)),
    )


def _occasion(returns: int) -> tuple[str, ...]:
    return (str(returns),) if returns else ()


def _id(*names: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, json.dumps(names)))
