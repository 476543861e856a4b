"""Whether all times, levels and members came, and each with each: demanded beside found."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transforms.quality.suite import Completeness

LEVEL_TOLERANCE = 1e-6
_AXES = ("time", "level", "member")


class Row(NamedTuple):
    """One demand on one variable: how many were expected and found, and a word on the rest."""

    subject: str
    what: str
    expected: int
    found: int
    remark: str


def completeness_table(fields: pd.DataFrame, demands: Iterable[Completeness]) -> pd.DataFrame:
    """Return one row per demand and variable from a metrics table with a ``subject`` column.

    Times and members are demanded of each variable that a demand names; where it names none, of
    each that has any. Levels are demanded of those that lie on levels: surface fields do not.
    Besides, each variable's times, levels and members must come in every combination.
    """
    rows = [row for demand in demands for row in _rows(fields, demand)]
    return pd.DataFrame(rows, columns=list(Row._fields))


def _rows(fields: pd.DataFrame, demand: Completeness) -> Iterator[Row]:
    if demand.variables is not None:
        wanted = set(demand.variables)
        fields = fields[fields["subject"].isin(wanted) | fields["variable"].isin(wanted)]
    all_named = demand.variables is not None
    if demand.times is not None:
        for name, times in _values(fields, "time", keep_bare=all_named):
            yield Row(name, "times", demand.times, times.size, _gap(times))
    if demand.members is not None:
        for name, members in _values(fields, "member", keep_bare=all_named):
            yield Row(name, "members", demand.members, members.size, "")
    if demand.levels is not None:
        for name, levels in _values(fields, "level", keep_bare=False):
            yield _levels(name, demand.levels, levels.astype("f8"))
    for subject, rows in fields.groupby("subject", sort=False):
        if sum(rows[axis].nunique() > 1 for axis in _AXES) > 1:
            yield _crossed(str(subject), rows)


def _values(
    fields: pd.DataFrame, column: str, *, keep_bare: bool
) -> Iterator[tuple[str, NDArray[np.object_]]]:
    """Give each variable's distinct values; where no variable has any, the cube with none."""
    any_came = False
    for name, values in fields.groupby("subject", sort=False)[column]:
        distinct = values.dropna().sort_values().unique()
        if keep_bare or len(distinct):
            any_came = True
            yield str(name), np.asarray(distinct, dtype=object)
    if not any_came:
        yield "cube", np.array([], dtype=object)


def _crossed(name: str, rows: pd.DataFrame) -> Row:
    """Count a variable's fields beside the combinations of its times, levels and members.

    A valid time that several forecasts share counts as often as there are such.
    """
    combinations = int(np.prod([max(rows[axis].nunique(), 1) for axis in _AXES]))
    expected = max(combinations, len(rows))
    return Row(name, "fields", expected, len(rows), _hole(rows) if expected > len(rows) else "")


def _hole(rows: pd.DataFrame) -> str:
    """Say which value of an axis comes in the fewest fields."""
    counts = {
        (axis, value): count
        for axis in _AXES
        for value, count in Counter(rows[axis].dropna()).items()
    }
    axis, value = min(counts, key=lambda key: counts[key])
    return f"fewest at {axis} {value:g}" if axis != "time" else f"fewest at time {value}"


def _levels(name: str, wanted: tuple[float, ...], found: NDArray[np.float64]) -> Row:
    lacking = [
        level for level in wanted if not np.isclose(found, level, rtol=LEVEL_TOLERANCE).any()
    ]
    remark = f"without {', '.join(f'{level:g}' for level in lacking)}" if lacking else ""
    return Row(name, "levels", len(wanted), len(wanted) - len(lacking), remark)


def _gap(times: NDArray[np.object_]) -> str:
    """Say where the first gap in otherwise even times is."""
    moments = pd.Series(pd.to_datetime([str(time) for time in times], format="ISO8601", utc=True))
    steps = moments.diff()
    wide = steps > steps.median()
    return f"with a gap before {times[wide.argmax()]}" if wide.any() else ""
