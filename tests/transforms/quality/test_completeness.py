from tests.transforms.quality.makers import field, metrics, series
from transforms.quality.completeness import completeness_table
from transforms.quality.suite import Completeness


def table_of(rows, **demand):
    fields = metrics(*rows).assign(subject=lambda rows: rows["variable"])
    return completeness_table(fields, [Completeness.model_validate(demand)])


def test_a_gap_in_time_is_named() -> None:
    rows = series(5)
    del rows[2]

    row = table_of(rows, times=5).iloc[0]

    assert (row["expected"], row["found"]) == (5, 4)
    assert row["remark"] == "with a gap before 2026-01-01T03:00:00Z"


def test_a_lacking_level_is_named_and_one_too_many_is_welcome() -> None:
    rows = [field(level=level, variable="t") for level in (500.0, 700.0)]

    row = table_of(rows, levels=[500, 850]).iloc[0]

    assert (row["expected"], row["found"], row["remark"]) == (2, 1, "without 850")


def test_surface_fields_need_no_levels() -> None:
    rows = [field(), field(variable="t", level=500.0)]

    table = table_of(rows, variables=["t2m", "t"], levels=[500])

    assert list(table["subject"]) == ["t"]


def test_levels_of_nothing_are_lacking() -> None:
    row = table_of([field()], levels=[500]).iloc[0]

    assert (row["subject"], row["found"]) == ("cube", 0)


def test_a_named_variable_without_members_lacks_them_all() -> None:
    row = table_of([field()], variables=["t2m"], members=10).iloc[0]

    assert (row["subject"], row["expected"], row["found"]) == ("t2m", 10, 0)


def test_members_are_counted_once_each() -> None:
    rows = [field(number, member=member) for number in range(3) for member in range(10)]

    row = table_of(rows, members=10, times=3)

    assert list(row["what"]) == ["times", "members", "fields"]
    assert list(row["found"]) == [3, 10, 30]


def test_a_hole_is_found_though_every_time_and_every_member_came() -> None:
    rows = [field(number, member=member) for number in range(3) for member in range(10)]
    del rows[14]

    row = table_of(rows, members=10, times=3).iloc[-1]

    assert (row["what"], row["expected"], row["found"]) == ("fields", 30, 29)
    assert row["remark"] == "fewest at member 4"


def test_a_valid_time_that_two_forecasts_share_is_no_hole() -> None:
    rows = [field(number, level=level) for number in (0, 1, 1, 2) for level in (500.0, 850.0)]

    row = table_of(rows, times=3).iloc[-1]

    assert (row["expected"], row["found"]) == (8, 8)
