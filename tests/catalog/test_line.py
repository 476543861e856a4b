import json

from catalog.line import Line
from lake.ledger.revisions import Past
from lake.ledger.states import ItemState
from lake.nouns import ItemId
from tests.catalog.makers import described

STAC = json.loads(described().stac)


def past(sequence: int, state: ItemState = ItemState.SUPERSEDED) -> Past:
    return Past(ItemId(sequence), "a", f"r{sequence}", sequence, state, STAC)


def test_where_one_came_it_and_the_two_before_it_are_to_be_seen_anew() -> None:
    line = Line.of([past(1), past(2), past(3, ItemState.PUBLISHED)], [])
    line.came = 1

    assert [shown.version.id for shown in line.shown()] == ["a@r1", "a@r2", "a"]


def test_what_is_withdrawn_is_in_no_line_but_bars_what_is_older() -> None:
    line = Line.of([past(1), past(2, ItemState.WITHDRAWN)], [])

    assert line.newest == past(1)
    assert line.tombstone == 2


def test_what_comes_again_does_not_take_its_own_place() -> None:
    line = Line.of([past(1), past(2, ItemState.PUBLISHED)], [ItemId(2)])

    assert (line.newest, line.returning) == (past(1), {ItemId(2)})
    assert line.superseded() == []
