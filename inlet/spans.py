"""Many small windows made few: what lies close together is harvested together."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from lake.nouns import Window

_DAY = timedelta(days=1)


def merged(windows: Iterable[Window], apart: timedelta) -> list[Window]:
    """Return windows that hold all of ``windows``; those less than ``apart`` from another join."""
    found: list[Window] = []
    for window in sorted(windows, key=lambda w: w.start):
        if found and window.start - found[-1].end <= apart:
            found[-1] = Window(found[-1].start, max(found[-1].end, window.end))
        else:
            found.append(window)
    return found


def whole_days(window: Window) -> Window:
    """Return the whole days that hold ``window``: an order over part of a day is another one."""
    end = midnight(window.end)
    return Window(midnight(window.start), end if end == window.end else end + _DAY)


def midnight(moment: datetime) -> datetime:
    """Return the begin of the day, in UTC."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
