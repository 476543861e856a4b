"""Great Expectations' door: asks expectations of the evidence and turns answers into findings.

Great Expectations judges tables. Twelve expectations are asked, whatever the size of the cube:
each compares columns of one table, and the rows that fail it say which variables failed (0.1 s in
all; an expectation per variable would cost 0.01 s each, and a forecast file has hundreds of them).
"""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import Any

import pandas as pd

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read while it is imported

import great_expectations as gx
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.core.expect_column_pair_values_a_to_be_greater_than_b import (
    ExpectColumnPairValuesAToBeGreaterThanB,
)
from great_expectations.expectations.core.expect_column_pair_values_to_be_equal import (
    ExpectColumnPairValuesToBeEqual,
)
from great_expectations.expectations.core.expect_column_values_to_be_between import (
    ExpectColumnValuesToBeBetween,
)
from great_expectations.expectations.core.expect_column_values_to_not_be_in_set import (
    ExpectColumnValuesToNotBeInSet,
)

from lake.nouns import Finding
from transforms.quality import wording
from transforms.quality.evidence import Evidence

NOTHING_MEASURED = Finding(
    expectation="anything was measured",
    subject="cube",
    expected="at least one field",
    observed="nothing measured: the metrics table has no rows",
    passed=False,
)

_ONE_AT_A_TIME = threading.Lock()
"""Great Expectations keeps its context in a global of the process."""

_ROWS_THAT_FAIL = {
    "result_format": "COMPLETE",
    "include_unexpected_rows": False,
    "return_unexpected_index_query": False,
}


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What Great Expectations answered of one table, for its Data Docs."""

    table: str
    result: ExpectationSuiteValidationResult


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """The findings, failed ones first, and the answers that they were read from."""

    findings: tuple[Finding, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class _Ask:
    """One expectation of Great Expectations and its arguments."""

    expectation: Callable[..., Any]
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Check:
    """One demand in plain words, and what it takes to ask it of a table.

    It concerns the rows whose ``limit`` holds a value; rows alike in ``by`` share a finding.
    """

    name: str
    limit: str
    asks: tuple[_Ask, ...]
    say: Callable[[pd.DataFrame, pd.DataFrame], wording.Said]
    by: list[str] = field(default_factory=lambda: ["subject"])


def _at_least(column: str, limit: str) -> _Ask:
    columns = {"column_A": column, "column_B": limit, "or_equal": True}
    return _Ask(
        ExpectColumnPairValuesAToBeGreaterThanB,
        columns | {"ignore_row_if": "either_value_is_missing"},
    )


def _equal(column: str, other: str) -> _Ask:
    return _Ask(
        ExpectColumnPairValuesToBeEqual,
        {"column_A": column, "column_B": other, "ignore_row_if": "either_value_is_missing"},
    )


def _positive(column: str) -> _Ask:
    return _Ask(ExpectColumnValuesToBeBetween, {"column": column, "min_value": 1})


def _never(column: str, *values: str) -> _Ask:
    return _Ask(ExpectColumnValuesToNotBeInSet, {"column": column, "value_set": list(values)})


_FIELDS = (
    _Check(
        "values stay in range",
        "lower",
        (_at_least("minimum", "lower"), _at_least("upper", "maximum")),
        wording.of_range,
    ),
    _Check(
        "few cells are missing",
        "missing_limit",
        (_at_least("missing_limit", "missing_share"),),
        wording.of_missing,
    ),
    _Check("no field is constant", "varies", (_positive("varies"),), wording.of_variation),
    _Check("no field is frozen", "moves", (_positive("moves"),), wording.of_motion),
)
_VARIABLES = (
    _Check("something was measured", "fields", (_positive("measured"),), wording.of_measuring),
)
_COMPLETENESS = (
    _Check(
        "all of it came",
        "expected",
        (_equal("found", "expected"),),
        wording.of_completeness,
        by=["subject", "what"],
    ),
)
_STRUCTURE = (
    _Check(
        "axes lead somewhere",
        "size",
        (_positive("size"), _never("direction", "still", "wavering")),
        wording.of_axis,
    ),
)
_DRIFT = (
    _Check(
        "little drift from the item before",
        "demanded",
        (_at_least("mean_limit", "mean_away"), _at_least("std_limit", "std_away")),
        wording.of_drift,
    ),
)


def examine(evidence: Evidence) -> Examination:
    """Ask every expectation of the evidence and return what was found and answered.

    There is one finding per check and variable (or axis) that the check concerns. An evidence
    without any field fails, whatever was demanded.
    """
    findings = [] if len(evidence.fields) else [NOTHING_MEASURED]
    answers = []
    tables = {
        "Fields": (evidence.fields, _FIELDS),
        "Variables": (evidence.variables, _VARIABLES),
        "Completeness": (evidence.completeness, _COMPLETENESS),
        "Structure": (evidence.structure, _STRUCTURE),
        "Drift": (evidence.drift, _DRIFT),
    }
    for name, (table, checks) in tables.items():
        if len(table):
            result = _validate(_with_places(table), _suite(name, checks))
            answers.append(Answer(name, result))
            findings.extend(_findings(table, checks, _failing_rows(table, checks, result)))
    return Examination(tuple(sorted(findings, key=lambda f: f.passed)), tuple(answers))


def _findings(
    table: pd.DataFrame, checks: tuple[_Check, ...], failing: dict[str, set[int]]
) -> Iterator[Finding]:
    for check in checks:
        concerned = table[table[check.limit].notna()]
        for _, rows in concerned.groupby(check.by, sort=False):
            failed = rows[rows.index.isin(failing[check.name])]
            said = check.say(rows, failed)
            name = str(rows["subject"].iloc[0])
            yield Finding(check.name, name, said.expected, said.observed, passed=failed.empty)


def _suite(name: str, checks: tuple[_Check, ...]) -> gx.ExpectationSuite:
    return gx.ExpectationSuite(
        name=name,
        expectations=[
            ask.expectation(**ask.arguments, meta={"check": check.name})
            for check in checks
            for ask in check.asks
        ],
    )


def _with_places(table: pd.DataFrame) -> pd.DataFrame:
    """Label each row by number and place, as HTML: Data Docs show labels, and files give names."""
    columns = [c for c in ("subject", "what", "time", "level", "member") if c in table.columns]
    rows = table[columns].itertuples(name=None)
    places = [escape(" ".join(str(value) for value in row if pd.notna(value))) for row in rows]
    return table.set_axis(places)


def _failing_rows(
    table: pd.DataFrame, checks: tuple[_Check, ...], answer: ExpectationSuiteValidationResult
) -> dict[str, set[int]]:
    """Return the row numbers that fail each check.

    An expectation that could not be asked fails every row: nothing passes unmeasured.
    """
    failing: dict[str, set[int]] = {check.name: set() for check in checks}
    for result in answer.results:
        rows = result.result.get("unexpected_index_list")
        if rows is None:
            failing[_check_of(result)].update(() if result.success else table.index)
        else:
            failing[_check_of(result)].update(int(place.partition(" ")[0]) for place in rows)
    return failing


def _in_memory() -> DataContextConfig:
    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )


def _check_of(result: ExpectationValidationResult) -> str:
    config = result.expectation_config
    return str(config.meta["check"]) if config and config.meta else ""


@cache
def _rows() -> BatchDefinition[Any]:
    """Return what makes a batch of a table; a batch is held until the next takes its place.

    It is kept, since to lay it out takes half as long as to ask.
    """
    context = gx.get_context(mode="ephemeral", project_config=_in_memory())
    asset = context.data_sources.add_pandas("cube").add_dataframe_asset("table")
    return asset.add_batch_definition_whole_dataframe("rows")


def _validate(table: pd.DataFrame, suite: gx.ExpectationSuite) -> ExpectationSuiteValidationResult:
    with _ONE_AT_A_TIME:
        batch = _rows().get_batch({"dataframe": table})
        return batch.validate(suite, result_format=_ROWS_THAT_FAIL)
