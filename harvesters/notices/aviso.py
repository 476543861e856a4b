"""ECMWF's Aviso: what the server of 2026 sends, what pyaviso posts, and pyaviso's bare payload.

    {"type": "int.ecmwf.aviso.data", "id": "data@42", "source": …, "data": {"identifier": {…}}}
    {"type": "aviso", "id": …, "source": …, "data": {"event": "data", "request": {…}}}
    {"event": "data", "request": {"class": "d1", "date": "20251104", "time": "0000", "step": "6"}}

Sources: aviso-server's docs/src/concepts.md, pyaviso's post trigger, and Destination Earth's
notifications of the Extremes Digital Twin.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

from pydantic import BaseModel, Field

from harvesters.errors import BadNotice
from harvesters.notices.message import Message, fitting
from harvesters.notices.reading import Moment, json_object, read, scalars, window_of
from lake.ledger.notices import Notice
from lake.nouns import Window

_SERVER_TYPE = "int.ecmwf.aviso."
_STEPS, _DATE, _TIME = (re.compile(p, re.ASCII) for p in (r"\d{1,5}", r"\d{8}", r"\d{4}"))
_A = "a date and a step of this world"


class _Data(BaseModel):
    event: str | None = None
    request: dict[str, object] | None = None  # pyaviso's word
    identifier: dict[str, object] | None = None  # the server's word


class _Event(BaseModel):
    id: str = Field(min_length=1)
    source: str = Field(min_length=1)
    type: str = Field(min_length=1)
    data: dict[str, object]


class _When(BaseModel):
    moment: Moment


def parse(message: Message) -> Notice:
    """Read an Aviso notification in any of its three envelopes."""
    document = json_object(message.body)
    if "data" not in document:
        return _notice(message, read(_Data, document, "an Aviso payload"), "", None)
    event = read(_Event, document, "an Aviso CloudEvent")
    data = read(_Data, event.data, "an Aviso payload")
    of_server = event.type.removeprefix(_SERVER_TYPE) if _SERVER_TYPE in event.type else ""
    return _notice(message, data, of_server, f"{event.source} {event.id}")


def _notice(message: Message, data: _Data, of_server: str, known_as: str | None) -> Notice:
    request = scalars(data.request or data.identifier or {})
    event = data.event or of_server
    if not request or not event:
        raise BadNotice("expected an event and its request (or identifier), came none")
    return Notice(
        source=message.source,
        id=fitting(known_as or message.fallback_id),
        received_at=message.received_at,
        raw=message.body.decode(errors="backslashreplace"),
        window=_window(request),
        keys={**request, "event": event},
    )


def _window(request: Mapping[str, str]) -> Window | None:
    """Return the time from the base of a forecast to its last step; None where none is named."""
    if "date" not in request:
        return None
    date = request["date"].replace("-", "")
    time = request.get("time", "0000").replace(":", "").zfill(4)[:4]
    steps = [int(step) for step in _STEPS.findall(request.get("step", "0"))]
    if not _DATE.fullmatch(date) or not _TIME.fullmatch(time):
        raise BadNotice(f"expected date as YYYYMMDD and time as HHMM, came {date!r} and {time!r}")
    base = read(_When, {"moment": f"{date[:4]}-{date[4:6]}-{date[6:]}T{time[:2]}:{time[2:]}Z"}, _A)
    last = base.moment + timedelta(hours=max(steps, default=0))
    return window_of(base.moment, read(_When, {"moment": last}, _A).moment)
