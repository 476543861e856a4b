import pytest

from sandbox.faults import KINDS, Fault, Faults


def struck(faults: Faults, occasions: int) -> list[int]:
    return [n for n in range(1, occasions + 1) if faults.strikes("short_page", "stac")]


def test_nothing_strikes_that_is_not_set() -> None:
    assert all(Faults().strikes(name, "stac") is None for name in KINDS)


def test_every_third_occasion_is_struck_at_most_twice() -> None:
    faults = Faults()
    faults.set(Fault("short_page", "stac", every=3, times=2))

    assert struck(faults, 12) == [3, 6]
    assert [(t.occasions, t.hits) for t in faults.tallies()] == [(6, 2)]


def test_a_fault_concerns_its_provider_or_all() -> None:
    faults = Faults()
    faults.set(Fault("short_page", "odata"))
    faults.set(Fault("page_error"))

    assert faults.strikes("short_page", "stac") is None
    assert faults.strikes("page_error", "stac") is not None


def test_a_path_narrows_a_fault() -> None:
    faults = Faults()
    faults.set(Fault("unavailable", "cds", options={"path": "/results"}))

    assert faults.strikes("unavailable", "cds", "/cds/jobs/1") is None
    assert faults.strikes("unavailable", "cds", "/cds/jobs/1/results") is not None


def test_a_marked_product_stays_marked() -> None:
    faults = Faults()
    faults.set(Fault("garbage_data", "stac", every=2))
    marked = [bool(faults.marks("garbage_data", "stac", name)) for name in "abcabc"]

    assert marked == [False, True, False, False, True, False]


def test_faults_are_switched_off_by_name() -> None:
    faults = Faults()
    faults.set(Fault("short_page"))
    faults.set(Fault("page_error"))
    faults.clear("short_page")

    assert [t.fault.name for t in faults.tallies()] == ["page_error"]


def test_an_unknown_fault_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'nonsense'"):
        Fault("nonsense")
    with pytest.raises(ValueError, match="'nonsense'"):
        Faults().strikes("nonsense", "stac")
