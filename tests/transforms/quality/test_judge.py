import io
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lake.nouns import Axis, Finding, Verdict
from tests.transforms.quality.makers import cube, field, judged, metrics, physical, series
from transforms.quality.suite import Suite


def verdict_of(rows, suite=None, of=None) -> Verdict:
    return judged(of or cube(), metrics(*rows), Suite.model_validate(suite or {}), physical)


def failures(verdict: Verdict) -> list[tuple[str, str]]:
    return [(f.expectation, f.subject) for f in verdict.findings if not f.passed]


def _checks(verdict: Verdict) -> set[tuple[str, str]]:
    return {(finding.expectation, finding.subject) for finding in verdict.findings}


def first(verdict: Verdict) -> Finding:
    return verdict.findings[0]


def test_a_sound_cube_passes_with_its_suite_and_version() -> None:
    verdict = verdict_of(series(3), {"name": "strict", "version": "7"})

    assert verdict.passed
    assert (verdict.suite, verdict.version) == ("strict", "7")
    assert ("values stay in range", "t2m") in [
        (f.expectation, f.subject) for f in verdict.findings
    ]


def test_a_field_out_of_range_fails_and_names_it() -> None:
    rows = [*series(3), field(3, minimum=-273.15, level=500.0)]

    verdict = verdict_of(rows, {"variables": {"t2m": {"between": [180, 340]}}})

    assert failures(verdict) == [("values stay in range", "t2m")]
    assert first(verdict).expected == "180 to 340 K"
    assert first(verdict).observed == (
        "-273.15 to 310 K; 1 of 4 fields failed, first at time 2026-01-01T03:00:00Z, level 500"
    )


def test_the_physical_bounds_hold_where_no_rule_does() -> None:
    assert not verdict_of([field(maximum=9999.0)]).passed
    assert verdict_of([field(maximum=9999.0)], {"defaults": "none"}).passed


def test_physical_bounds_hold_in_their_own_unit_only() -> None:
    assert verdict_of([field(minimum=-20.0, maximum=30.0, unit="degC")]).passed


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_a_number_that_is_none_fails_without_any_bounds(value: float) -> None:
    verdict = verdict_of([field(minimum=value, maximum=value)], {"defaults": "none"})

    assert failures(verdict) == [("values stay in range", "t2m")]
    assert first(verdict).expected == "finite numbers"


def test_an_empty_metrics_table_fails_as_nothing_measured() -> None:
    verdict = judged(cube(), pd.DataFrame(), Suite(), physical)

    assert not verdict.passed
    assert first(verdict).observed.startswith("nothing measured")
    assert ("something was measured", "t2m") in failures(verdict)


def test_a_cube_without_anything_fails() -> None:
    empty = cube(axes=())

    assert not judged(empty, pd.DataFrame(), Suite(), physical).passed


def test_a_demanded_variable_that_is_absent_fails() -> None:
    verdict = verdict_of(series(3), {"complete": {"variables": ["t2m", "msl"]}})

    assert failures(verdict) == [("something was measured", "msl")]
    assert "no field of that name came" in first(verdict).observed


def test_a_rule_without_its_variable_fails() -> None:
    verdict = verdict_of(series(3), {"variables": {"sst": {"between": [265, 320]}}})

    assert failures(verdict) == [("something was measured", "sst")]


def test_a_variable_of_the_cube_that_was_not_measured_fails() -> None:
    verdict = verdict_of(series(3), of=cube("t2m", "msl"))

    assert failures(verdict) == [("something was measured", "msl")]


def test_a_variable_in_which_every_field_is_empty_fails_though_missing_is_not_bounded() -> None:
    empty = {"missing": 100, "minimum": math.nan, "maximum": math.nan}

    verdict = verdict_of(series(3, **empty))

    assert failures(verdict) == [("something was measured", "t2m")]
    assert "no value in 3 fields" in first(verdict).observed


def test_an_empty_field_fails_where_missing_is_bounded() -> None:
    rows = [*series(2), field(2, missing=100, minimum=math.nan, maximum=math.nan)]

    assert verdict_of(rows).passed
    verdict = verdict_of(rows, {"variables": {"t2m": {"missing_at_most": 0.5}}})
    assert failures(verdict) == [("few cells are missing", "t2m")]
    assert "a field in which nothing was measured; 1 of 3 fields failed" in first(verdict).observed


def test_missing_time_fails() -> None:
    verdict = verdict_of(series(23), {"complete": {"variables": ["t2m"], "times": 24}})

    assert failures(verdict) == [("all of it came", "t2m")]
    assert (first(verdict).expected, first(verdict).observed) == ("24 times", "23 times")


def test_frozen_field_fails() -> None:
    rows = [*series(3), field(3, digest="t2m-2")]

    assert verdict_of(rows).passed
    verdict = verdict_of(rows, {"frozen_fields": "forbidden"})
    assert failures(verdict) == [("no field is frozen", "t2m")]
    assert "time 2026-01-01T03:00:00Z" in first(verdict).observed


def test_the_same_field_on_two_levels_is_not_frozen() -> None:
    rows = [field(number, level=level) for level in (500.0, 850.0) for number in range(3)]

    assert verdict_of(rows, {"frozen_fields": "forbidden"}).passed


def test_constant_fields_fail_where_forbidden_and_are_not_called_frozen() -> None:
    night = series(3, minimum=0.0, maximum=0.0, digest="zero", standard_name=None)

    assert verdict_of(night, {"frozen_fields": "forbidden"}).passed
    verdict = verdict_of(night, {"constant_fields": "forbidden"})
    assert failures(verdict) == [("no field is constant", "t2m")]


def test_a_field_of_one_cell_may_be_constant() -> None:
    rows = series(3, count=1, minimum=280.0, maximum=280.0)

    assert verdict_of(rows, {"constant_fields": "forbidden"}).passed


def test_an_axis_that_leads_nowhere_fails() -> None:
    axes = (Axis("time", "time", 3, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),)

    verdict = verdict_of(series(3), of=cube(axes=axes))

    assert failures(verdict) == [("axes lead somewhere", "axis time")]


def test_groups_with_the_same_variable_are_judged_apart() -> None:
    rows = [field(group="a"), field(group="b", maximum=9999.0)]

    verdict = verdict_of(rows, of=cube(axes=()))

    assert ("values stay in range", "b/t2m") in failures(verdict)
    assert ("values stay in range", "a/t2m") not in failures(verdict)


def test_a_table_that_was_kept_as_csv_gives_the_same_verdict() -> None:
    rows = [*series(3, standard_name=None, unit=None), field(3, missing=100, minimum=math.nan)]
    suite = Suite.model_validate({"frozen_fields": "forbidden", "complete": {"times": 5}})
    table = metrics(*rows)
    kept = pd.read_csv(io.StringIO(table.to_csv(index=False)))

    verdict = judged(cube(), kept, suite, physical)

    assert verdict == judged(cube(), table, suite, physical)
    assert failures(verdict) == [("all of it came", "t2m")]


def test_a_metrics_table_without_its_columns_says_which() -> None:
    torn = metrics(field()).drop(columns=["digest", "std"])

    with pytest.raises(ValueError, match="without std, digest"):
        judged(cube(), torn, Suite(), physical)


def test_judging_prints_nothing_and_leaves_the_metrics_alone(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    table = metrics(*series(3))
    before = table.copy()

    judged(cube(), table, Suite(), physical)

    pd.testing.assert_frame_equal(table, before)
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


@settings(max_examples=10, deadline=None)
@given(
    lows=st.lists(st.floats(-1000, 1000, width=32), min_size=1, max_size=4),
    lower=st.floats(-500, 0, width=32),
)
def test_a_verdict_passes_exactly_where_every_field_is_in_range(
    lows: list[float], lower: float
) -> None:
    rows = [field(n, minimum=low, maximum=low + 1) for n, low in enumerate(lows)]

    verdict = verdict_of(rows, {"variables": {"t2m": {"between": [lower, 500]}}})

    assert verdict.passed == all(lower <= low and low + 1 <= 500 for low in lows)
