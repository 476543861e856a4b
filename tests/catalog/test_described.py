import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from catalog.described import Pair, read
from catalog.errors import InvalidStac, WrongItem
from catalog.item import Identity
from lake.ledger.ledger import Ledger
from tests.catalog.makers import described, judged
from tests.makers import NEW_YEAR, a_ledger


@pytest.fixture
def pair(tmp_path: Any) -> Pair:
    ledger: Ledger = a_ledger(tmp_path)
    with ledger.begin() as tx:
        row = judged(tx)
    ledger.close()
    return row, described(Identity(row.collection, row.key, row.revision))


def test_a_description_says_where_and_when_its_item_lies_and_since_when_it_is_out(
    pair: Pair,
) -> None:
    new = read(*pair)

    assert (new.extent.start, new.extent.end) == (NEW_YEAR, NEW_YEAR + timedelta(hours=23))
    assert list(new.extent.bbox) == new.stac["bbox"]
    assert new.at == NEW_YEAR
    assert new.stac == json.loads(pair[1].stac)


def test_the_description_of_another_is_refused(pair: Pair) -> None:
    row, item = pair
    with pytest.raises(WrongItem, match="'another'"):
        read(row, replace(item, revision="another"))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("bbox", [0.0, 0.0, 0.0, 5.0, 5.0, 5.0]),
        ("start_datetime", "2025-01-01T00:00:00Z"),
        ("published", None),
        ("published", "yesterday"),
    ],
)
def test_what_a_search_could_not_look_at_is_refused(pair: Pair, place: str, value: object) -> None:
    row, item = pair
    stac = json.loads(item.stac)
    (stac if place in stac else stac["properties"])[place] = value
    with pytest.raises(InvalidStac):
        read(row, replace(item, stac=json.dumps(stac)))


def test_what_is_no_json_is_refused(pair: Pair) -> None:
    row, item = pair
    with pytest.raises(InvalidStac, match="expected JSON"):
        read(row, replace(item, stac=item.stac[:-1]))
