import math

import pytest

from lake.nouns import Finding
from tests.transforms.quality.makers import cube, field, judged, metrics, physical, series
from transforms.quality.drift import Previous
from transforms.quality.suite import Suite


def finding_of(rows, rule, before=None) -> Finding:
    suite = Suite.model_validate({"drift": {"t2m": rule}})
    previous = None if before is None else Previous("era5-20260101", metrics(*before))
    verdict = judged(cube(), metrics(*rows), suite, physical, previous=previous)
    return next(f for f in verdict.findings if "drift" in f.expectation)


@pytest.mark.parametrize(("mean", "passes"), [(284.9, True), (285.1, False), (274.9, False)])
def test_the_mean_may_move_so_far_and_no_further(mean: float, passes: bool) -> None:
    found = finding_of(series(3, mean=mean), {"mean_within": 5}, series(3))

    assert found.passed == passes
    assert found.expected == "the mean within 5 K of the item before"
    assert found.observed.endswith("after 280 and 12 in era5-20260101")


def test_limits_may_be_in_standard_deviations_of_the_item_before() -> None:
    rule = {"mean_within": 0.5, "unit": "std"}

    assert finding_of(series(3, mean=285.9), rule, series(3)).passed
    assert not finding_of(series(3, mean=286.1), rule, series(3)).passed


def test_the_spread_may_drift_though_the_mean_stays() -> None:
    found = finding_of(series(3, std=2.0), {"mean_within": 5, "std_within": 5}, series(3))

    assert not found.passed
    assert "the std within 5 K" in found.expected


def test_fields_are_pooled_by_their_cells() -> None:
    rows = [field(0, mean=270.0, count=300), field(1, mean=310.0, count=100)]

    found = finding_of(rows, {"mean_within": 0.001}, [field(0, mean=280.0, std=1.0)])

    assert found.passed
    assert "mean 280, std 21.07 K" in found.observed  # sqrt(12² + 300·100·40² / 400²)


def test_the_first_item_passes_with_a_word() -> None:
    found = finding_of(series(3), {"mean_within": 5})

    assert found.passed
    assert found.observed == "mean 280, std 12 K, and no item before to compare"


def test_a_variable_that_the_item_before_did_not_have_passes_with_a_word() -> None:
    assert finding_of(series(3), {"mean_within": 5}, series(3, variable="msl")).passed


def test_each_level_is_compared_with_itself() -> None:
    before = [field(level=500.0, mean=250.0), field(level=850.0, mean=280.0)]
    now = [field(level=500.0, mean=251.0), field(level=850.0, mean=270.0)]

    found = finding_of(now, {"mean_within": 5}, before)

    assert not found.passed
    assert found.observed.endswith("at level 850")


def test_a_mean_that_is_no_number_fails() -> None:
    assert not finding_of([field(mean=math.inf)], {"mean_within": 5}, series(1)).passed


def test_nothing_is_compared_where_nothing_is_demanded() -> None:
    previous = Previous("before", metrics(*series(3, mean=100.0)))

    assert judged(cube(), metrics(*series(3)), Suite(), physical, previous=previous).passed


def test_a_variable_whose_drift_is_bounded_must_be_there() -> None:
    suite = Suite.model_validate({"drift": {"msl": {"mean_within": 500}}})

    assert not judged(cube(), metrics(*series(3)), suite, physical).passed
