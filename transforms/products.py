"""From fields in any order to blocks that are products of their axes.

A block is one variable on axes that it fills: (almost) every combination of its times, levels,
members and realizations is there. What does not fill its axes is split until it does.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from transforms.fields import Field, Instant, Level

NEARLY_FULL = 0.9
"""The share of a product that must be there for its gaps to count as missing fields."""


class TimeKey(NamedTuple):
    """One place on the time axis of a block."""

    valid: int
    reference: int


@dataclass(frozen=True, slots=True, order=True)
class Timeline:
    """The time axis of a block: valid times, or reference times x steps where those clash."""

    places: tuple[TimeKey, ...] = ()
    references: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()

    @property
    def is_valid_time(self) -> bool:
        """Whether each valid time occurs once, so that it is the axis."""
        return bool(self.places)

    @property
    def lengths(self) -> tuple[int, ...]:
        """The sizes of the axes: one for valid times, two otherwise."""
        if self.is_valid_time:
            return (len(self.places),)
        return len(self.references), len(self.steps)

    def indices(self) -> dict[TimeKey, tuple[int, ...]]:
        """Return the index of every place."""
        if self.is_valid_time:
            return {place: (index,) for index, place in enumerate(self.places)}
        return {
            TimeKey(reference + step, reference): (row, column)
            for row, reference in enumerate(self.references)
            for column, step in enumerate(self.steps)
        }


class Axes(NamedTuple):
    """What the fields of a block vary over, each sorted."""

    timeline: Timeline
    levels: tuple[Level, ...]
    members: tuple[int, ...]
    realizations: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many fields fill the axes."""
        others = (self.levels, self.members, self.realizations)
        return prod(self.timeline.lengths) * prod(len(axis) for axis in others)


@dataclass(frozen=True, slots=True)
class Block:
    """One variable's fields, and the axes that they (nearly) fill."""

    fields: tuple[Field, ...]
    axes: Axes


def blocks(fields: Sequence[Field]) -> list[Block]:
    """Split the fields of one variable, all of them distinct, into blocks."""
    axes = _axes(fields)
    if len(fields) >= NEARLY_FULL * axes.size:
        return [Block(tuple(fields), axes)]
    return [block for part in _split(fields, axes) for block in blocks(part)]


def time_key(instant: Instant) -> TimeKey:
    """Return the place of a field on its time axis."""
    return TimeKey(instant.valid, instant.reference)


def _axes(fields: Iterable[Field]) -> Axes:
    fields = tuple(fields)
    return Axes(
        _timeline({time_key(field.instant) for field in fields}),
        tuple(sorted({field.product.level for field in fields})),
        tuple(sorted({field.product.member for field in fields})),
        tuple(sorted({field.product.realization for field in fields})),
    )


def _timeline(places: set[TimeKey]) -> Timeline:
    if len({place.valid for place in places}) == len(places):
        return Timeline(places=tuple(sorted(places)))
    return Timeline(
        references=tuple(sorted({place.reference for place in places})),
        steps=tuple(sorted({place.valid - place.reference for place in places})),
    )


Part = Callable[[Field], Hashable]


def _split(fields: Sequence[Field], axes: Axes) -> list[list[Field]]:
    """Split along the axis that gives the fewest parts; one with two or more always exists."""
    parts: tuple[Part, ...] = (
        *_time_parts(axes.timeline),
        lambda field: field.product.level,
        lambda field: field.product.member,
        lambda field: field.product.realization,
    )
    splits = (_by_profile(fields, parts, axis) for axis in range(len(parts)))
    return min((split for split in splits if len(split) > 1), key=len)


def _time_parts(timeline: Timeline) -> tuple[Part, ...]:
    if timeline.is_valid_time:
        return (lambda field: time_key(field.instant),)
    return (lambda field: field.instant.reference, lambda field: field.instant.step_seconds)


def _by_profile(fields: Sequence[Field], parts: tuple[Part, ...], axis: int) -> list[list[Field]]:
    """Bring together the values of one axis that have the same places on all the others."""
    rows: dict[Hashable, list[Field]] = defaultdict(list)
    for field in fields:
        rows[parts[axis](field)].append(field)
    others = parts[:axis] + parts[axis + 1 :]
    profiles: dict[Hashable, list[Field]] = defaultdict(list)
    for row in rows.values():
        profile = frozenset(tuple(part(field) for part in others) for field in row)
        profiles[profile].extend(row)
    return list(profiles.values())
