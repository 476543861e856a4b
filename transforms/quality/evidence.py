"""What was measured beside what was demanded: the tables that the expectations are asked of.

A limit stands in the row that it limits, so that one expectation judges all rows of a table at
once; where nothing is demanded of a row, its limit is NaN and the row is passed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from lake.nouns import Cube
from transforms.quality.completeness import completeness_table
from transforms.quality.drift import Previous, drift_table
from transforms.quality.structure import structure_table
from transforms.quality.suite import BoundsOf, Suite, VariableRule, subject

METRICS = (
    *("group", "variable", "standard_name", "unit", "time", "level", "member"),
    *("count", "missing", "minimum", "maximum", "mean", "std", "digest"),
)
"""The columns of a metrics table: one row per field."""

FINITE = float(np.finfo("f8").max)
"""The bounds of last resort: what no rule bounds must at least be a finite number."""

_FIELD_NUMBERS = ("minimum", "maximum", "lower", "upper", "missing_share", "missing_limit")
_PLACE = ("group", "variable", "level", "member")


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Five tables, each row with the ``subject`` that it speaks of."""

    fields: pd.DataFrame
    variables: pd.DataFrame
    completeness: pd.DataFrame
    structure: pd.DataFrame
    drift: pd.DataFrame


class _Quantity(NamedTuple):
    group: str
    variable: str
    standard_name: str | None
    unit: str | None


def gather(
    cube: Cube,
    metrics: pd.DataFrame,
    suite: Suite,
    bounds: BoundsOf,
    previous: Previous | None = None,
) -> Evidence:
    """Lay what was measured beside what the suite demands, and beside the item before.

    Raises:
        ValueError: the metrics table has rows but lacks some of the columns in ``METRICS``.
    """
    fields = with_subject(metrics)
    before = with_subject(previous.metrics) if previous else None
    return Evidence(
        fields=_fields_table(fields, suite, bounds),
        variables=_variables_table(cube, fields, suite),
        completeness=completeness_table(fields, suite.complete),
        structure=structure_table(cube),
        drift=drift_table(fields, suite, before, previous.name if previous else ""),
    )


def with_subject(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return a metrics table with a column ``subject``; read from CSV, it may hold NaN for "".

    Raises:
        ValueError: it has rows but lacks some of the columns in ``METRICS``.
    """
    lacking = [column for column in METRICS if column not in metrics.columns]
    if lacking and len(metrics):
        raise ValueError(
            f"expected a metrics table with the columns {', '.join(METRICS)}; "
            f"came one without {', '.join(lacking)}; let the converter write them"
        )
    fields = metrics.reindex(columns=list(METRICS)).reset_index(drop=True)
    fields["group"] = fields["group"].astype(object).fillna("")
    fields["subject"] = [
        subject(group, variable)
        for group, variable in zip(fields["group"], fields["variable"], strict=True)
    ]
    return fields


def _fields_table(fields: pd.DataFrame, suite: Suite, bounds: BoundsOf) -> pd.DataFrame:
    table = fields.astype({"minimum": "f8", "maximum": "f8"})
    table["missing_share"] = (table["missing"] / table["count"]).astype("f8").fillna(1.0)
    has_value = table["count"] > table["missing"]
    # A field with values but no extremes hides a NaN among them; infinity fails every bound.
    table.loc[has_value & table["minimum"].isna(), "minimum"] = -np.inf
    table.loc[has_value & table["maximum"].isna(), "maximum"] = np.inf
    varies = (table["maximum"] > table["minimum"]).astype("f8")
    varies[table["count"] - table["missing"] <= 1] = np.nan
    table["varies"], table["moves"] = varies, _moves(table, varies)
    table[["lower", "upper", "missing_limit"]] = np.nan
    for quantity, rows in _by_quantity(table):
        rule = suite.rule(quantity.group, quantity.variable)
        table.loc[rows, ["lower", "upper"]] = _range(quantity, rule, suite, bounds)
        table.loc[rows, "missing_limit"] = rule.missing_at_most
        if rule.constant_fields == "allowed":
            table.loc[rows, "varies"] = np.nan
        if rule.frozen_fields == "allowed":
            table.loc[rows, "moves"] = np.nan
    return table.astype(dict.fromkeys(_FIELD_NUMBERS, "f8"))


def _moves(table: pd.DataFrame, varies: pd.Series) -> pd.Series:
    """1 where a field differs from the one before it in time, 0 where it is the same.

    A field without variation tells nothing: at night, radiation is zero twice in succession.
    """
    in_time = table.sort_values("time", kind="stable")
    before = in_time.groupby(list(_PLACE), dropna=False, sort=False)["digest"].shift()
    moves = (in_time["digest"] != before).astype("f8").reindex(table.index)
    moves[before.reindex(table.index).isna() | (varies != 1)] = np.nan
    return moves


def _by_quantity(table: pd.DataFrame) -> Iterator[tuple[_Quantity, pd.Index]]:
    columns = list(_Quantity._fields)
    for _, rows in table.groupby(columns, dropna=False, sort=False):
        group, variable, name, unit = rows[columns].iloc[0]
        yield _Quantity(group, variable, _text(name), _text(unit)), rows.index


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _range(
    quantity: _Quantity, rule: VariableRule, suite: Suite, bounds: BoundsOf
) -> tuple[float, float]:
    physical = None
    if quantity.standard_name and suite.defaults == "physical":
        physical = bounds(quantity.standard_name, quantity.unit)
    return rule.between or physical or (-FINITE, FINITE)


def _variables_table(cube: Cube, fields: pd.DataFrame, suite: Suite) -> pd.DataFrame:
    """One row per variable that was found or demanded: how many of its fields hold a value."""
    measured = (
        (fields["count"] > fields["missing"]).groupby(fields["subject"]).agg(["size", "sum"])
    )
    held = {
        subject(hypercube.group, variable.name): "held by the cube"
        for hypercube in cube.hypercubes
        for variable in hypercube.variables
        if np.dtype(variable.dtype).kind in "biuf"
    }
    found = held | dict.fromkeys(measured.index, "measured")
    names = {*found, *(name.rpartition("/")[2] for name in found)}
    demanded = {name: "demanded by the suite" for name in suite.demanded if name not in names}
    counts = measured.reindex([*found, *demanded], fill_value=0)
    return pd.DataFrame(
        {
            "subject": counts.index,
            "origin": [*found.values(), *demanded.values()],
            "fields": counts["size"].to_numpy("i8"),
            "measured": counts["sum"].to_numpy("i8"),
        }
    )
