import pytest

from hooks.errors import BadFilter
from hooks.matching import matches, parse
from tests.catalog.makers import a_cube, described

ITEM = described(cube=a_cube(bbox=(175.0, -5.0, -175.0, 5.0))).stac


@pytest.mark.parametrize(
    "filter_",
    [
        None,
        "TRUE",
        "collection = 'era5'",
        "collection IN ('era5', 'climate-dt')",
        "id LIKE 'era5-2024%'",
        "version = 'r1' AND \"inlet:passed\" = TRUE",
        "start_datetime >= TIMESTAMP('2024-01-01T00:00:00Z')",
        "T_AFTER(start_datetime, TIMESTAMP('2023-01-01T00:00:00Z'))",
        "S_INTERSECTS(geometry, BBOX(170, -10, -170, 10))",
        "S_INTERSECTS(geometry, BBOX(-179, 0, 100, -178, 1, 200))",
        "S_INTERSECTS(geometry, POLYGON((176 -1, 177 -1, 177 1, 176 1, 176 -1)))",
        "nothing = 3 OR collection = 'era5'",
    ],
)
def test_an_item_meets(filter_: str | None) -> None:
    assert matches(filter_, ITEM)


@pytest.mark.parametrize(
    "filter_",
    [
        "FALSE",
        "collection = 'other'",
        "nothing = 3",
        "NOT (nothing = 3)",
        "version > 3",
        "S_INTERSECTS(geometry, BBOX(-170, -10, 170, 10))",
        "S_INTERSECTS(geometry, POINT(0 0))",
        "T_AFTER(start_datetime, TIMESTAMP('2025-01-01T00:00:00Z'))",
    ],
)
def test_an_item_does_not_meet(filter_: str) -> None:
    assert not matches(filter_, ITEM)


@pytest.mark.parametrize(
    "filter_",
    [
        "",
        "collection =",
        "collection",
        "1 + 1",
        "nobody_knows(collection)",
        "nobody_knows(collection) = 1",
        "S_INTERSECTS(geometry, BBOX(0, 50, 10, 40))",
    ],
)
def test_what_can_never_be_a_condition_is_refused(filter_: str) -> None:
    with pytest.raises(BadFilter, match="expected"):
        parse(filter_)
