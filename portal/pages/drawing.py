"""How values look on a page: times, numbers and sizes for people, all text escaped."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

_YEAR = 31_557_600
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_MOST = sys.float_info.max
_LONGEST_ODDITY = 40
_STEPS = ("B", "kB", "MB", "GB", "TB", "PB")


def age(seconds: float) -> str:
    """Return a duration in its largest unit: ``3 h``, ``12 d``; from two years on ``2.9 y``."""
    if seconds >= 2 * _YEAR:
        return f"{seconds / _YEAR:.1f} y"
    size, unit = next((u for u in _UNITS if seconds >= u[0]), _UNITS[-1])
    return f"{int(seconds // size)} {unit}"


def weight(count: object) -> str:
    """Return bytes as ``12 MB``; what is no count of bytes stands as it came."""
    if isinstance(count, bool) or not isinstance(count, int | float) or not 0 <= count <= _MOST:
        return str(count)[:_LONGEST_ODDITY]
    step = 0
    while count >= 1000 and step < len(_STEPS) - 1:  # noqa: PLR2004 - SI
        count, step = count / 1000, step + 1
    return f"{count:.3g} {_STEPS[step]}"


@pass_context
def ago(context: Context, moment: datetime | None) -> str:
    """Return how long ago a moment was, with the moment itself for those who point at it."""
    if moment is None:
        return Markup('<span class="none">never</span>')
    seconds = (context["now"] - moment).total_seconds()
    said = f"{age(seconds)} ago" if seconds >= 0 else f"in {age(-seconds)}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(), exact(moment), said
    )


def exact(moment: datetime) -> str:
    """Return a moment in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def span(start: datetime | None, end: datetime | None) -> str:
    """Return an interval as short as it can be said: whole days without hours, a day once."""
    if start is None or end is None:
        return "no time"
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    if first == last:
        return f"{first:%Y-%m-%d %H:%M}"
    if not any((first.hour, first.minute, last.hour, last.minute)):
        return f"{first:%Y-%m-%d} – {last:%Y-%m-%d}"  # noqa: RUF001
    form = "%H:%M" if first.date() == last.date() else "%Y-%m-%d %H:%M"
    return f"{first:%Y-%m-%d %H:%M} – {last:{form}}"  # noqa: RUF001


def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"ago": ago, "exact": exact, "age": age, "weight": weight}
    made.globals["span"] = span
    return made


drawing = _environment()
"""The templates, which escape whatever a provider says."""
