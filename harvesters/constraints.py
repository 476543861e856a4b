"""What an archive has of what an order asks for.

A request for fields is a product of lists, and archives do not have every combination: a
precipitation that is counted from the start of a forecast has no step 0. Providers say so in
*constraints*: a list of entries, in each of which every choice of one keyword goes with every
choice of the others (``constraints.json`` of the Climate Data Store, and what Destination Earth
publishes beside its Polytope). Where none are published, a source's ``absent`` says it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harvesters import queries

Entry = Mapping[str, Any]
Request = Mapping[str, Any]

_WHEN = ("date", "year", "month", "day", "time")
_WHAT = ("variable", "param")
_STEP = ("step", "leadtime_hour")
FIELDS = (*_WHAT, *_STEP, "levelist", "pressure_level", "model_level", "number", *_WHEN)
"""The keywords whose choices multiply to the fields of a request."""
_NAMED_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Holding:
    """What an archive has: where ``entries`` are None, all but what ``absent`` names.

    Each of ``absent`` is a combination that the archive lacks, keyword by keyword.
    """

    entries: tuple[Entry, ...] | None = None
    absent: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    """How many fields an order will bring, and by name those of its fields that there are not."""

    fields: int | None
    absent: tuple[str, ...] = ()


def promised(request: Request, planned: int | None, holding: Holding) -> Promise:
    """Return what an archive promises of ``planned`` fields that a request multiplies to.

    Constraints that know nothing at all of a request are out of date, or in other words than it:
    it is promised as it was asked, and they are named.
    """
    asked = {key: _listed(key, request[key]) for key in FIELDS if key in request}
    shape = tuple(len(choices) for choices in asked.values())
    there = _there(request, asked, shape, holding.entries)
    note: tuple[str, ...] = ()
    if not there.any():
        there, note = (
            np.ones(shape, bool),
            ("perhaps all, since its constraints know nothing of it",),
        )
    for lacking in holding.absent:
        _mark(there, asked, request, lacking, is_there=False)
    fields = None if planned is None else planned * int(there.sum()) // max(there.size, 1)
    return Promise(fields, (*note, *_names(~there, asked)))


def _there(
    request: Request,
    asked: Mapping[str, Sequence[str]],
    shape: tuple[int, ...],
    entries: Sequence[Entry] | None,
) -> NDArray[np.bool_]:
    if entries is None:
        return np.ones(shape, bool)
    there = np.zeros(shape, bool)
    for entry in entries:
        _mark(there, asked, request, entry, is_there=True)
    return there


def _mark(
    there: NDArray[np.bool_],
    asked: Mapping[str, Sequence[str]],
    request: Request,
    entry: Entry,
    *,
    is_there: bool,
) -> None:
    """Mark what an entry holds of a request; a keyword that it does not name may be anything."""
    for key in entry.keys() & request.keys() - asked.keys():
        if not any(_holds(key, entry[key], choice) for choice in _listed(key, request[key])):
            return
    chosen = [
        [n for n, choice in enumerate(choices) if _holds(key, entry.get(key), choice)]
        for key, choices in asked.items()
    ]
    there[np.ix_(*chosen)] = is_there


def _holds(key: str, choices: Any, choice: str) -> bool:  # noqa: ANN401 - JSON of a provider
    if choices is None:
        return True
    listed = choices if isinstance(choices, list | tuple) else [choices]
    if key != "date":
        return choice in {_plain(text) for one in listed for text in _words(one)}
    return any(_first(span) <= choice <= _last(span) for span in map(str, listed))


def _listed(key: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON of a provider
    listed = value if isinstance(value, list | tuple) else [value]
    if key == "date":
        return tuple(day for span in map(str, listed) for day in _days(span))
    return tuple(dict.fromkeys(_plain(text) for one in listed for text in _words(one)))


def _words(value: Any) -> Sequence[str]:  # noqa: ANN401 - JSON of a provider
    """Return what a value lists; MARS writes a list as a/b and a range as 0/to/6/by/3."""
    return queries.values(value) or (str(value),)


def _plain(text: str) -> str:
    """Return a choice as it is compared: 00:00 is 0000 is 0, and 01 is 1."""
    digits = text.replace(":", "")
    return str(int(digits)) if digits.isdigit() else text


def _days(span: str) -> list[str]:
    first, last = _day(_first(span)), _day(_last(span))
    return [f"{first + timedelta(days=n):%Y%m%d}" for n in range((last - first).days + 1)]


def _day(digits: str) -> date:
    return date.fromisoformat(digits)


def _first(span: str) -> str:
    return span.split("/", maxsplit=1)[0].replace("-", "")


def _last(span: str) -> str:
    return span.rsplit("/", maxsplit=1)[-1].replace("-", "")


def _names(lacking: NDArray[np.bool_], asked: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return what is lacking by parameter, and by step where only some of its steps are."""
    keys = list(asked)
    named = [key for key in (*_WHAT, *_STEP) if key in asked]
    others = tuple(n for n, key in enumerate(keys) if key not in named)
    counts = lacking.sum(axis=others)
    each = lacking.size // max(counts.size, 1)
    found = []
    for place in np.argwhere(counts.reshape(counts.shape or (1,))):
        words = [
            f"{key} {asked[key][n]}" for key, n in zip(_in_order(keys, named), place, strict=False)
        ]
        count = int(np.atleast_1d(counts)[tuple(place)])
        found.append(" ".join(words) + ("" if count == each else f" ({count} of {each} fields)"))
    if len(found) > _NAMED_AT_MOST:
        found = [*found[:_NAMED_AT_MOST], f"and {len(found) - _NAMED_AT_MOST} more"]
    return tuple(found)


def _in_order(keys: Sequence[str], named: Sequence[str]) -> list[str]:
    return [key for key in keys if key in named]
