"""How far each variable lies from where it lay in the item before."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from transforms.quality.suite import DriftRule, Suite


@dataclass(frozen=True, slots=True, eq=False)
class Previous:
    """The item before, by its name and its metrics table."""

    name: str
    metrics: pd.DataFrame


class Row(NamedTuple):
    """One variable on one level: where it lies, where it lay, and how far it may have moved.

    ``mean_away`` and ``std_away`` are NaN where there is nothing to compare; a limit is NaN where
    nothing is demanded.
    """

    subject: str
    level: float
    unit: str | None
    previous: str
    mean: float
    mean_before: float
    mean_away: float
    mean_limit: float
    std: float
    std_before: float
    std_away: float
    std_limit: float
    demanded: float = 1.0


class _Spread(NamedTuple):
    """Mean and standard deviation over all fields; NaN where nothing was measured."""

    mean: float
    std: float


_NOTHING = _Spread(np.nan, np.nan)


def drift_table(
    fields: pd.DataFrame, suite: Suite, before: pd.DataFrame | None, name: str
) -> pd.DataFrame:
    """Return one row for each level of each variable whose drift the suite bounds.

    ``fields`` and ``before`` are metrics tables with a ``subject`` column, of this cube and of
    the item before, which is called ``name``; None where this one is the first.
    """
    rules = {
        str(subject): rule
        for subject, rows in fields.groupby("subject", sort=False)
        if (rule := suite.drift_rule(rows["group"].iloc[0], rows["variable"].iloc[0]))
    }
    now = _spreads(fields[fields["subject"].isin(rules)])
    then = {} if before is None else _spreads(before[before["subject"].isin(rules)])
    units = fields.groupby("subject")["unit"].first()
    rows = [
        _row(key, rules[key[0]], spread, then.get(key, _NOTHING), units.get(key[0]), name)
        for key, spread in now.items()
    ]
    return pd.DataFrame(rows, columns=list(Row._fields))


def _row(
    key: tuple[str, float],
    rule: DriftRule,
    now: _Spread,
    then: _Spread,
    unit: object,
    name: str,
) -> Row:
    scale = 1.0 if rule.unit == "cube" else then.std
    subject, level = key
    return Row(
        subject=subject,
        level=np.nan if level == -np.inf else level,
        unit=unit if isinstance(unit, str) else None,
        previous="" if np.isnan(then.mean) else name,
        mean=now.mean,
        mean_before=then.mean,
        mean_away=abs(now.mean - then.mean),
        mean_limit=np.nan if rule.mean_within is None else rule.mean_within * scale,
        std=now.std,
        std_before=then.std,
        std_away=abs(now.std - then.std),
        std_limit=np.nan if rule.std_within is None else rule.std_within * scale,
    )


def _spreads(fields: pd.DataFrame) -> dict[tuple[str, float], _Spread]:
    """Pool the fields of each variable and level, each by its cells that hold a value."""
    keyed = fields.assign(level=fields["level"].astype("f8").fillna(-np.inf))
    return {
        (str(rows["subject"].iloc[0]), float(rows["level"].iloc[0])): _pooled(rows)
        for _, rows in keyed.groupby(["subject", "level"], sort=False)
    }


def _pooled(rows: pd.DataFrame) -> _Spread:
    cells = (rows["count"] - rows["missing"]).to_numpy("f8")
    held = cells > 0
    if not held.any():
        return _NOTHING
    weights = cells[held]
    means, stds = (rows[column].to_numpy("f8")[held] for column in ("mean", "std"))
    mean = float(np.average(means, weights=weights))
    with np.errstate(invalid="ignore"):  # an infinite mean has no spread, and fails as it is
        spread = np.average(stds**2 + (means - mean) ** 2, weights=weights)
    return _Spread(mean, float(np.sqrt(spread)))
