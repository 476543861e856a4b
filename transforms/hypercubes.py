"""The planner: which fields make a variable, and which variables make a hypercube.

A hypercube is variables that share their dimensions, the coordinates along them, and the grid.
What tells models, experiments, analyses and forecasts apart is never merged; how a value was
taken over time (instant, mean, sum) is a variable's own affair.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from lake.nouns import LeftOut
from transforms.fields import Field
from transforms.products import NEARLY_FULL, Axes, Block, Timeline, blocks, time_key

INSTANT = "instant"
SameValues = Callable[[Field, Field], bool]


class VariableKey(NamedTuple):
    """What makes fields one variable."""

    grid: str
    facets: tuple[tuple[str, str], ...]
    level_kind: str
    param_id: int
    name: str
    statistic: str
    traits: tuple[tuple[str, str], ...]
    period: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One variable of a hypercube, and the fields that it has."""

    key: VariableKey
    block: Block


@dataclass(frozen=True, slots=True)
class Gathering:
    """Variables on the same axes: a hypercube before it is described."""

    axes: Axes
    members: tuple[Member, ...]


def gather(
    fields: Iterable[Field], holds_same_values: SameValues
) -> tuple[list[Gathering], list[LeftOut]]:
    """Gather all fields into hypercubes; return them, and what was left out and why.

    Every field is in exactly one hypercube or named in one ``LeftOut``. The order of the fields
    matters only for which of several duplicates is kept: the first.
    """
    members: list[Member] = []
    left_out: list[LeftOut] = []
    for key, alike in sorted(_by_variable(fields).items()):
        distinct, doubles = _without_duplicates(alike, holds_same_values)
        left_out += doubles
        members += [Member(key, block) for block in blocks(distinct)]
    return _gatherings(members), left_out


def _by_variable(fields: Iterable[Field]) -> dict[VariableKey, list[Field]]:
    together: dict[VariableKey, list[Field]] = defaultdict(list)
    for field in fields:
        together[_variable_key(field)].append(field)
    apart: dict[VariableKey, list[Field]] = defaultdict(list)
    for key, alike in together.items():
        has_periods = _has_clashing_periods(alike)
        for field in alike:
            apart[key._replace(period=_period(field) if has_periods else "")].append(field)
    return apart


def _variable_key(field: Field) -> VariableKey:
    product = field.product
    return VariableKey(
        grid=field.grid,
        facets=product.facets,
        level_kind=product.level.kind,
        param_id=product.parameter.param_id,
        name=product.parameter.name,
        statistic=product.statistic,
        traits=product.traits,
    )


def _place(field: Field) -> tuple[object, ...]:
    product = field.product
    return time_key(field.instant), product.level, product.member, product.realization


def _has_clashing_periods(fields: Iterable[Field]) -> bool:
    """Whether two fields end at one time but began at different ones (0-120 h and 114-120 h)."""
    starts: dict[object, set[int]] = defaultdict(set)
    for field in fields:
        starts[_place(field)].add(field.instant.start)
    return any(len(found) > 1 for found in starts.values())


def _period(field: Field) -> str:
    instant = field.instant
    if instant.start == instant.reference:
        return "since_start"
    return f"{(instant.valid - instant.start) / 3600:g}h"


def _without_duplicates(
    fields: Iterable[Field], holds_same_values: SameValues
) -> tuple[list[Field], list[LeftOut]]:
    kept: dict[object, Field] = {}
    doubles: list[LeftOut] = []
    for field in sorted(fields, key=lambda field: field.message):
        first = kept.setdefault(_place(field), field)
        if first is field:
            continue
        values = "the same values" if holds_same_values(first, field) else "DIFFERENT values"
        name = field.product.parameter.short_name
        doubles.append(
            LeftOut(field.where, f"duplicate of {name} at {first.where}, with {values}")
        )
    return list(kept.values()), doubles


def _gatherings(members: Iterable[Member]) -> list[Gathering]:
    """Bring together what shares its axes; a series with a few gaps joins the one without."""
    ordered = sorted(members, key=lambda m: (-m.block.axes.size, m.key, m.block.axes))
    gathered: dict[object, Gathering] = {}
    for member in ordered:
        home = next((g for g in gathered.values() if _belongs(member, g)), None)
        home = home or Gathering(member.block.axes, ())
        joined = Gathering(home.axes, (*home.members, member))
        gathered[(_family(joined.members[0]), joined.axes)] = joined
    return sorted(gathered.values(), key=lambda g: (_family(g.members[0]), g.axes))


def _family(member: Member) -> tuple[object, ...]:
    return member.key.grid, member.key.facets, member.key.level_kind


def _belongs(member: Member, home: Gathering) -> bool:
    if _family(member) != _family(home.members[0]):
        return False
    if member.block.axes == home.axes:
        return True
    is_alike = member.block.axes._replace(timeline=home.axes.timeline) == home.axes
    statistics = {m.key.statistic for m in home.members}
    return (
        is_alike
        and statistics == {member.key.statistic}
        and _is_nearly(member.block.axes.timeline, home.axes.timeline)
    )


def _is_nearly(part: Timeline, whole: Timeline) -> bool:
    return (
        part.is_valid_time
        and set(part.places) < set(whole.places)
        and len(part.places) >= NEARLY_FULL * len(whole.places)
    )


def fields_of(gathering: Gathering) -> Iterable[Field]:
    """Return all the fields of a hypercube."""
    return chain.from_iterable(member.block.fields for member in gathering.members)
