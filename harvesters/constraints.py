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
from typing import Any, Self

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
class Choices:
    """What one keyword may be: of these words, or a day within these spans."""

    words: frozenset[str] = frozenset()
    spans: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, key: str, value: Any) -> Self:  # noqa: ANN401 - JSON of a provider
        """Read what an entry writes under a keyword."""
        if key == "date":
            return cls(spans=tuple(map(_span, _texts(value))))
        return cls(words=frozenset(_plain(word) for word in _words(value)))

    def hold(self, choice: str) -> bool:
        """Return True where a choice is one of these."""
        return choice in self.words or any(first <= choice <= last for first, last in self.spans)


Combination = Mapping[str, Choices]


@dataclass(frozen=True, slots=True)
class Holding:
    """What an archive has: where ``entries`` are None, all but what ``absent`` names.

    Each of ``absent`` is a combination that the archive lacks, keyword by keyword.
    """

    entries: tuple[Combination, ...] | None = None
    absent: tuple[Combination, ...] = ()

    @classmethod
    def of(cls, entries: Sequence[Entry] | None, absent: Sequence[Entry] = ()) -> Self:
        """Read constraints as a provider publishes them, and what a source says is absent."""
        read = None if entries is None else tuple(map(_combination, entries))
        return cls(read, tuple(map(_combination, absent)))


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
    asked = {key: _listed(key, value) for key, value in request.items()}
    axes = {key: asked[key] for key in FIELDS if key in asked}
    shape = tuple(len(choices) for choices in axes.values())
    there = np.full(shape, holding.entries is None)
    for entry in holding.entries or ():
        _mark(there, axes, asked, entry, is_there=True)
    note = () if there.any() else ("perhaps all, since its constraints know nothing of it",)
    there |= bool(note)
    for lacking in holding.absent:
        _mark(there, axes, asked, lacking, is_there=False)
    fields = None if planned is None else planned * int(there.sum()) // max(there.size, 1)
    return Promise(fields, (*note, *_names(~there, axes)))


def _mark(
    there: NDArray[np.bool_],
    axes: Mapping[str, Sequence[str]],
    asked: Mapping[str, Sequence[str]],
    entry: Combination,
    *,
    is_there: bool,
) -> None:
    """Mark what an entry holds of a request; a keyword that it does not name may be anything."""
    for key in entry.keys() & asked.keys():
        if not any(entry[key].hold(choice) for choice in asked[key]):
            return
    chosen = [
        [n for n, choice in enumerate(choices) if key not in entry or entry[key].hold(choice)]
        for key, choices in axes.items()
    ]
    there[np.ix_(*chosen)] = is_there


def _combination(entry: Entry) -> Combination:
    return {key: Choices.of(key, value) for key, value in entry.items()}


def _listed(key: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - what a request names
    if key == "date":
        return tuple(day for text in _texts(value) for day in _days(text))
    return tuple(dict.fromkeys(_plain(word) for word in _words(value)))


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - JSON of a provider
    return [str(one) for one in (value if isinstance(value, list | tuple) else [value])]


def _words(value: Any) -> list[str]:  # noqa: ANN401 - JSON of a provider
    """Return what a value lists; MARS writes a list as a/b and a range as 0/to/6/by/3."""
    return [word for text in _texts(value) for word in queries.values(text) or (text,)]


def _plain(word: str) -> str:
    """Return a word as it is compared: 00:00 is 0000 is 0, and 01 is 1."""
    digits = word.replace(":", "")
    return str(int(digits)) if digits.isdecimal() else word


def _span(text: str) -> tuple[str, str]:
    """Return the first and the last day that a text names: a day, a/b or a/to/b."""
    days = text.replace("-", "").split("/")
    return days[0], days[-1]


def _days(text: str) -> list[str]:
    """Return the days from the first to the last; a text that is none stands for itself."""
    try:
        first, last = map(date.fromisoformat, _span(text))
    except ValueError:
        return [text]
    return [f"{first + timedelta(days=n):%Y%m%d}" for n in range((last - first).days + 1)]


def _names(lacking: NDArray[np.bool_], axes: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return what is lacking by parameter, and by step where it has steps."""
    named = [key for key in axes if key in (*_WHAT, *_STEP)]  # the first axes, by ``FIELDS``
    counts = lacking.reshape(*lacking.shape[: len(named)], -1).sum(axis=-1)
    each = lacking.size // max(counts.size, 1)
    found = []
    for place in np.argwhere(np.atleast_1d(counts)):
        words = [f"{key} {axes[key][n]}" for key, n in zip(named, place, strict=False)]
        count = int(np.atleast_1d(counts)[tuple(place)])
        some = "" if count == each else f" ({count} of {each} fields)"
        found.append((" ".join(words) or "fields") + some)
    if len(found) > _NAMED_AT_MOST:
        found = [*found[:_NAMED_AT_MOST], f"and {len(found) - _NAMED_AT_MOST} more"]
    return tuple(found)
