from typing import Any

import pytest

from sandbox.faults import Fault, Faults
from sandbox.kinds import KINDS, ROOMS


def struck(faults: Faults, occasions: int) -> list[int]:
    return [
        n for n in range(1, occasions + 1) if faults.strikes("short_page", "stac", "/stac/search")
    ]


def test_nothing_strikes_that_is_not_set() -> None:
    assert all(Faults().strikes(name, room, "") is None for name in KINDS for room in ROOMS)


def test_every_third_occasion_is_struck_at_most_twice() -> None:
    faults = Faults()
    faults.set(Fault("short_page", "stac", every=3, times=2))

    assert struck(faults, 12) == [3, 6]
    assert [(t.occasions, t.hits) for t in faults.tallies()] == [(6, 2)]


def test_a_fault_concerns_its_provider_or_all() -> None:
    faults = Faults()
    faults.set(Fault("short_page", "odata"))
    faults.set(Fault("page_error"))

    assert faults.strikes("short_page", "stac", "") is None
    assert faults.strikes("page_error", "stac", "") is not None


def test_a_subject_narrows_a_fault() -> None:
    faults = Faults()
    faults.set(Fault("unavailable", "cds", subject="/results"))

    assert faults.strikes("unavailable", "cds", "/cds/jobs/1") is None
    assert faults.strikes("unavailable", "cds", "/cds/jobs/1/results") is not None


def test_a_marked_product_stays_marked() -> None:
    faults = Faults()
    faults.set(Fault("garbage_data", "stac", every=2))
    marked = [bool(faults.marks("garbage_data", "stac", name)) for name in "abcabc"]

    assert marked == [False, True, False, False, True, False]


def test_a_place_is_struck_at_its_first_look_or_never() -> None:
    faults = Faults()
    faults.set(Fault("empty_page_in_the_middle", "stac", every=2))
    name = "empty_page_in_the_middle"
    struck = [bool(faults.strikes_first(name, "stac", place)) for place in "abab"]

    assert struck == [False, True, False, False]


def test_the_first_occasions_may_be_let_pass() -> None:
    faults = Faults()
    faults.set(Fault("short_page", after=4, every=2))

    assert struck(faults, 9) == [6, 8]


def test_a_kind_may_strike_only_once_unless_told_otherwise() -> None:
    faults = Faults()
    faults.set(Fault("auth_401_once"))
    once = [bool(faults.strikes("auth_401_once", "cds", "")) for _ in range(3)]
    faults.set(Fault("auth_401_once", times=2))
    twice = [bool(faults.strikes("auth_401_once", "cds", "")) for _ in range(3)]

    assert (once, twice) == ([True, False, False], [True, True, False])


@pytest.mark.parametrize(
    "wrong",
    [
        {"every": 0},
        {"times": -1},
        {"after": -1},
        {"provider": "cds"},
        {"options": {"colour": "red"}},
    ],
)
def test_a_fault_that_could_not_strike_as_told_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="came"):
        Fault("short_page", **wrong)


def test_faults_are_switched_off_by_name() -> None:
    faults = Faults()
    faults.set(Fault("short_page"))
    faults.set(Fault("page_error"))
    faults.clear("short_page")

    assert [t.fault.name for t in faults.tallies()] == ["page_error"]


def test_an_unknown_fault_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'nonsense'"):
        Fault("nonsense")
