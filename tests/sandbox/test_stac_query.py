import pytest

from sandbox.fields import Fields
from sandbox.holdings.sst import sst_products
from sandbox.stac_query import BadQuery, Search, select

PRODUCTS = sst_products(Fields(1))


def days(**search: object) -> list[str]:
    return [p.id[-4:] for p in select(PRODUCTS, Search.model_validate(search))]


def test_an_interval_takes_whatever_touches_it() -> None:
    assert days(datetime="2024-01-02T23:00:00Z/2024-01-03T00:00:00Z") == ["0102", "0103"]
    assert days(datetime="2024-12-31T12:00:00Z/..") == ["1231"]
    assert days(datetime="../2024-01-01T00:00:00Z") == days(datetime="2024-01-01") == ["0101"]


@pytest.mark.parametrize(
    ("relation", "found"),
    [("eq", ["0102"]), ("lt", ["0101"]), ("lte", ["0101", "0102"])],
)
def test_stamps_compare_as_times_whatever_their_zone(relation: str, found: list[str]) -> None:
    for same in ("2024-01-03T06:00:00Z", "2024-01-03T07:00:00+01:00", "2024-01-03T06:00:00.000Z"):
        assert days(query={"updated": {relation: same}}) == found


def test_conditions_hold_together() -> None:
    span = {"gte": "2024-01-03T06:00:00Z", "lt": "2024-01-05T06:00:00Z"}

    assert days(query={"properties.published": span}, ids=["sandbox-sst-20240103"]) == ["0103"]


def test_a_box_outside_the_globe_touches_nothing() -> None:
    assert days(bbox=[0, 0, 1, 1], datetime="2024-01-01") == ["0101"]
    with pytest.raises(BadQuery, match="4 or 6"):
        days(bbox=[0, 0])
