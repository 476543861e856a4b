from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from sandbox.fields import Fields
from sandbox.holdings.many import Many
from sandbox.stac_query import BadQuery, Search

MANY = Many(Fields(1), range(100_000))


def numbers(**search: Any) -> range:
    return MANY.select(Search.model_validate(search)).numbers


def test_products_are_made_when_looked_at() -> None:
    last = MANY[-1]

    assert (len(MANY), last.id) == (100_000, "many-0099999")
    assert [product.id for product in MANY[:2]] == ["many-0000000", "many-0000001"]
    assert last.published > last.start


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ({}, range(100_000)),
        ({"datetime": "2020-01-01T01:00:00Z/2020-01-01T02:00:00Z"}, range(60, 121)),
        ({"datetime": "../2020-01-01T00:01:00Z"}, range(2)),
        (
            {"query": {"updated": {"gte": "2020-01-01T02:00:00Z", "lt": "2020-01-01T03:00:00Z"}}},
            range(60, 120),
        ),
        ({"query": {"published": {"gt": "2020-01-01T02:00:00Z"}}}, range(61, 100_000)),
        ({"query": {"published": {"lte": "2020-01-01T01:00:00Z"}}}, range(1)),
        ({"query": {"created": {"eq": "2020-01-01T01:05:00Z"}}}, range(5, 6)),
        ({"ids": ["many-0000042"]}, range(42, 43)),
        ({"ids": ["nonsense"]}, range(0)),
        ({"sortby": [{"field": "updated", "direction": "desc"}]}, range(99_999, -1, -1)),
    ],
)
def test_a_search_is_answered_by_reckoning(search: dict[str, Any], expected: range) -> None:
    assert numbers(**search) == expected


@pytest.mark.parametrize(
    "search",
    [
        {"query": {"title": {"eq": "x"}}},
        {"query": {"updated": {"neq": "2020-01-01"}}},
        {"sortby": [{"field": "title"}]},
        {"ids": ["many-0000001", "many-0000002"]},
    ],
)
def test_what_would_need_a_look_at_each_is_refused(search: dict[str, Any]) -> None:
    with pytest.raises(BadQuery, match="came"):
        numbers(**search)


def test_windows_that_touch_share_nothing_and_lose_nothing() -> None:
    edges = [datetime(2020, 1, day, tzinfo=UTC).isoformat() for day in range(1, 5)]
    found = [numbers(query={"updated": {"gte": a, "lt": b}}) for a, b in pairwise(edges)]

    assert [len(span) for span in found] == [1380, 1440, 1440]
    assert found[0].stop == found[1].start
