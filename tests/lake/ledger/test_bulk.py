from datetime import timedelta

import pytest
from sqlalchemy import null, select

from lake.ledger import bulk
from lake.ledger.ledger import Ledger
from lake.ledger.schema import item, outbox
from lake.ledger.states import ItemState
from tests.makers import NEW_YEAR, a_ledger

AWKWARD = '{"said": "100 %s, \\u00e9, \\"quoted\\", {braces}, \\\\N"}'


@pytest.fixture
def ledger(url: str) -> Ledger:
    return a_ledger(url)


def a_row(name: str) -> dict[str, object]:
    return {
        "event_id": name,
        "type": "create",
        "subject": f"era5/{name}",
        "data": AWKWARD,
        "created_at": NEW_YEAR,
    }


def test_rows_are_added_in_their_order_and_those_that_are_there_stay(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        bulk.add(tx, outbox, [a_row("b"), a_row("a")], turn=null())
        bulk.add(tx, outbox, [{**a_row("a"), "data": "{}"}, a_row("c")], turn=null())
        rows = tx.connection.execute(select(outbox).order_by(outbox.c.id)).all()

    assert [r.event_id for r in rows] == ["b", "a", "c"]
    assert {r.data for r in rows} == {AWKWARD}
    assert {r.created_at for r in rows} == {NEW_YEAR}


def test_each_row_is_changed_its_own_way_and_all_of_them_in_the_same(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        same = {"collection": "era5", "revision": "r", "sequence": 1, "state": ItemState.JUDGED}
        times = {"created_at": NEW_YEAR, "updated_at": NEW_YEAR}
        rows = [{**same, **times, "key": key} for key in "abc"]
        tx.connection.execute(item.insert(), rows)
        ids = list(tx.connection.execute(select(item.c.id).order_by(item.c.id)).scalars())
        changes = [
            {"id": ids[0], "stac": AWKWARD, "west": 1.5, "published_at": None},
            {"id": ids[1], "stac": '"b"', "west": None, "published_at": NEW_YEAR},
        ]
        later = NEW_YEAR + timedelta(days=1)
        bulk.change(tx, item, changes, state=ItemState.PUBLISHED, updated_at=later, reason=None)
        first, second, third = tx.connection.execute(select(item).order_by(item.c.id)).all()

    assert first.stac == {"said": '100 %s, é, "quoted", {braces}, \\N'}
    assert (first.west, first.published_at, first.state) == (1.5, None, ItemState.PUBLISHED)
    assert (second.stac, second.west, second.published_at) == ("b", None, NEW_YEAR)
    assert first.updated_at == second.updated_at == later
    assert (third.state, third.updated_at, third.stac) == (ItemState.JUDGED, NEW_YEAR, None)


def test_many_values_are_looked_for_at_once(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        bulk.add(tx, outbox, [a_row(name) for name in "abc"], turn=null())
        found = select(outbox.c.event_id).where(bulk.among(tx, outbox.c.event_id, ["c", "a", "z"]))

        assert set(tx.connection.execute(found).scalars()) == {"a", "c"}
