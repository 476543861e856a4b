"""Cutting a window into bounded orders, and saying each in the words of such providers.

Orders name days and times of day, not instants: a request is the product of its days and its
times. So a piece is either whole days of one month or a part of one day, and then that product is
exactly what the half-open window holds.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import JsonValue

from harvesters.errors import Misconfigured
from harvesters.queries import HOURLY, TIME, Query, canonical
from lake.nouns import Window

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_TIME_OF_DAY = re.compile(r"(\d\d):?(\d\d)")


@dataclass(frozen=True, slots=True)
class Piece:
    """One bounded order: its half-open window, the last moment it includes, and its query."""

    window: Window
    last: datetime
    query: Query


def pieces(window: Window, split: Literal["day", "month"], query: Query) -> Iterator[Piece]:
    """Yield the orders that together hold just what lies in ``window``.

    ``ecmwf:time`` is filled in with the times of day that a piece holds: those that the query
    names, or every hour. A query with ``ecmwf:time: null`` asks for days without naming times.
    """
    for piece in _cut(window, split):
        asked = {key: value for key, value in query.items() if key != TIME}
        times = query.get(TIME, list(HOURLY))
        if times is not None:
            held = _held(piece, times)
            if not held:
                continue
            asked[TIME] = list(held)
        yield Piece(piece, piece.end - _SECOND, canonical(asked))


def _cut(window: Window, split: Literal["day", "month"]) -> Iterator[Window]:
    start = window.start.astimezone(UTC)
    end = window.end.astimezone(UTC)
    while start < end:
        stop = min(_stop(start, end, split), end)
        yield Window(start, stop)
        start = stop


def _stop(start: datetime, end: datetime, split: Literal["day", "month"]) -> datetime:
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    last_midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
    begins_a_day = start == midnight
    if split == "day" or not begins_a_day or last_midnight <= start:
        return midnight + _DAY
    next_month = (midnight.replace(day=1) + 32 * _DAY).replace(day=1)
    return min(next_month, last_midnight)


def _held(piece: Window, times: JsonValue) -> Sequence[str]:
    wanted = [times] if isinstance(times, str) else times
    if not isinstance(wanted, list):
        raise Misconfigured(f"{TIME}: expected times as '06:00' or null, came {times!r}")
    return [str(time) for time in wanted if _holds(piece, str(time))]


def _holds(piece: Window, time: str) -> bool:
    match = _TIME_OF_DAY.fullmatch(time)
    if match is None:
        raise Misconfigured(f"{TIME}: expected times as '06:00' or '0600', came {time!r}")
    midnight = piece.start.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = midnight + timedelta(hours=int(match[1]), minutes=int(match[2]))
    return piece.start <= moment < piece.end
