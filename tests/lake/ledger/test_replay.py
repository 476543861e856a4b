from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from lake.ledger import outbox, replay
from lake.ledger.ledger import Ledger, Transaction
from lake.ledger.replay import Wanted
from lake.ledger.schema import outbox as outbox_table
from lake.nouns import Signal
from tests.makers import NEW_YEAR, a_ledger


@pytest.fixture
def ledger(url: str) -> Ledger:
    return a_ledger(url)


def write(tx: Transaction, name: str, subject: str = "era5/a", at: datetime = NEW_YEAR) -> None:
    outbox.append(tx, Signal(name, "create", subject, at, "{}"))


def told(ledger: Ledger, wanted: Wanted, before: int) -> list[str]:
    return [signal.id for signal in replay.signals(ledger, wanted, before)]


def test_a_span_is_chosen_by_collection_and_time(ledger: Ledger) -> None:
    day = timedelta(days=1)
    with ledger.begin() as tx:
        write(tx, "before", at=NEW_YEAR - day)
        write(tx, "in")
        write(tx, "of another", "era5_land/a")
        write(tx, "alike", "era5%/a")
        write(tx, "harvest", "era5")
        write(tx, "after", at=NEW_YEAR + day)
    wanted = Wanted("era5", NEW_YEAR, NEW_YEAR + day)

    assert told(ledger, wanted, replay.horizon(ledger)) == ["in", "harvest"]
    assert told(ledger, Wanted("era5%"), replay.horizon(ledger)) == ["alike"]


def test_more_than_a_page_comes_whole_and_in_order(ledger: Ledger) -> None:
    names = [f"e{number:04}" for number in range(1201)]
    with ledger.begin() as tx:
        for name in names:
            write(tx, name)

    assert told(ledger, Wanted(), replay.horizon(ledger)) == names


def test_a_cursor_goes_on_where_it_ended(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        write(tx, "e1")
    first = replay.horizon(ledger)
    with ledger.begin() as tx:
        write(tx, "e2")
    second = replay.horizon(ledger)

    assert told(ledger, Wanted(), first) == ["e1"]
    assert told(ledger, Wanted(after=first), second) == ["e2"]
    assert told(ledger, Wanted(after=second), replay.horizon(ledger)) == []


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_row_that_commits_late_is_not_lost_to_the_cursor(ledger: Ledger) -> None:
    with ledger.begin() as slow:
        write(slow, "late")
        with ledger.begin() as quick:
            write(quick, "early")
        first = replay.horizon(ledger)
        before_it_commits = told(ledger, Wanted(), first)
    second = replay.horizon(ledger)

    assert before_it_commits == []
    assert told(ledger, Wanted(after=first), second) == ["late", "early"]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_what_was_restored_from_another_server_is_told_before_what_comes_here(url: str) -> None:
    with a_ledger(url).begin() as tx:
        for name in ("e1", "e2"):
            write(tx, name)
        of_a_busier_server = update(outbox_table).values(turn=outbox_table.c.turn + (1 << 40))
        tx.connection.execute(of_a_busier_server)
    ledger = a_ledger(url)
    first = replay.horizon(ledger)
    with ledger.begin() as tx:
        write(tx, "e3")
    second = replay.horizon(a_ledger(url))

    assert told(ledger, Wanted(), first) == ["e1", "e2"]
    assert told(ledger, Wanted(), second) == ["e1", "e2", "e3"]
    assert told(ledger, Wanted(after=first), second) == ["e3"]
