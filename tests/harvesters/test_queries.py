import pytest

from harvesters.queries import Query, bounded, canonical, fields_a_day, values

SURFACE: Query = {"ecmwf:param": "165/166/167", "ecmwf:time": ["00:00", "12:00"]}
UPPER: Query = {
    "ecmwf:variable": ["t", "z"],
    "ecmwf:pressure_level": ["500", "850", "1000"],
    "ecmwf:time": ["00:00"],
}


@pytest.mark.parametrize(
    ("key", "before", "after"),
    [
        ("ecmwf:step", ["0", "12", "6", "12"], ["0", "6", "12"]),
        ("ecmwf:levelist", "1000/500/850", "500/850/1000"),
        ("ecmwf:date", "20240101/to/20240131", "20240101/to/20240131"),
        ("ecmwf:variable", ["b", "a"], ["a", "b"]),
        ("ecmwf:area", [60, -10, 40, 20], [60, -10, 40, 20]),
        ("ecmwf:grid", "1.0/0.5", "1.0/0.5"),
        ("ecmwf:time", ["12:00", "00:00"], ["00:00", "12:00"]),
        ("product:type", "B/A", "B/A"),
    ],
)
def test_lists_are_asked_for_in_one_order_and_corners_in_theirs(
    key: str, before: object, after: object
) -> None:
    assert canonical({key: before}) == {key: after}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("167", ("167",)),
        ("165/166", ("165", "166")),
        ("0/to/6/by/3", ("0", "3", "6")),
        ("1/to/3", ("1", "2", "3")),
        (["a", "a"], ("a",)),
        (["0-1", "0-6"], ("0-1", "0-6")),
        ("20240101/to/x", None),
    ],
)
def test_values_are_counted_as_lists_or_as_mars_writes_them(
    asked: str, listed: tuple[str, ...] | None
) -> None:
    assert values(asked) == listed


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (SURFACE, 6),
        (UPPER, 6),
        ({**UPPER, "ecmwf:number": ["1", "2"]}, 12),
        ({**UPPER, "ecmwf:data_format": "netcdf"}, None),
        ({**UPPER, "ecmwf:product_type": ["reanalysis", "ensemble_members"]}, None),
        ({**SURFACE, "ecmwf:feature": {"type": "polygon"}}, None),
        ({**SURFACE, "ecmwf:time": None}, None),
        ({"ecmwf:time": ["00:00"]}, None),
    ],
)
def test_fields_are_the_product_of_the_lists_or_unknown(query: Query, count: int | None) -> None:
    assert fields_a_day(query) == count


def test_what_is_small_enough_is_not_cut() -> None:
    assert bounded({"surface": SURFACE}, "day", 6) == {"surface": SURFACE}
    assert bounded({"surface": SURFACE}, "day", None) == {"surface": SURFACE}


def test_parameters_are_cut_first_and_written_as_before() -> None:
    cut = bounded({"surface": SURFACE}, "day", 4)

    assert [(part, q["ecmwf:param"]) for part, q in cut.items()] == [
        ("surface-1of2", "165/166"),
        ("surface-2of2", "167"),
    ]


def test_levels_are_cut_where_one_parameter_is_too_much() -> None:
    cut = bounded({"upper": UPPER}, "day", 2)

    assert list(cut) == [f"upper-{n}of4" for n in (1, 2, 3, 4)]
    assert [(q["ecmwf:variable"], q["ecmwf:pressure_level"]) for q in cut.values()] == [
        (["t"], ["500", "850"]),
        (["t"], ["1000"]),
        (["z"], ["500", "850"]),
        (["z"], ["1000"]),
    ]
    assert all((fields_a_day(query) or 0) <= 2 for query in cut.values())


def test_a_month_is_taken_for_its_longest() -> None:
    assert len(bounded({"upper": UPPER}, "month", 6 * 31)) == 1
    assert len(bounded({"upper": UPPER}, "month", 6 * 31 - 1)) == 2


def test_one_field_list_that_is_too_much_is_refused() -> None:
    with pytest.raises(ValueError, match="expected at least 2"):
        bounded({"surface": SURFACE}, "day", 1)
