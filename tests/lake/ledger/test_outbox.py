from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlalchemy import text

from lake.ledger import outbox
from lake.ledger.ledger import Ledger
from lake.nouns import Signal
from tests.makers import NEW_YEAR, a_ledger


@pytest.fixture
def ledger(url: str) -> Ledger:
    return a_ledger(url)


STATES = ("update", "delete")


def a_signal(name: str, subject: str = "era5/a", type_: str = "create") -> Signal:
    return Signal(name, type_, subject, NEW_YEAR, '{"id": "a"}')


def test_a_signal_is_written_once_and_waits_until_acknowledged(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        for name in ("e1", "e1", "e2"):
            outbox.append(tx, a_signal(name))
        assert outbox.unsent(tx) == [a_signal("e1"), a_signal("e2")]
        outbox.mark_sent(tx, ["e1"])

        assert outbox.unsent(tx) == [a_signal("e2")]
        assert [(k.signal.id, k.sent_at is not None) for k in outbox.tail(tx, 5)] == [
            ("e1", True),
            ("e2", False),
        ]


def test_what_was_set_aside_waits_no_more_and_is_listed_until_it_is_admitted_again(
    ledger: Ledger,
) -> None:
    with ledger.begin() as tx:
        for name in ("e1", "e2"):
            outbox.append(tx, a_signal(name))
        outbox.refuse(tx, "e1", "too large")

        assert outbox.unsent(tx) == [a_signal("e2")]
        assert [(k.signal.id, k.refusal) for k in outbox.refused(tx)] == [("e1", "too large")]
        assert outbox.readmit(tx, STATES) == 1
        assert outbox.unsent(tx) == [a_signal("e1"), a_signal("e2")]


def test_what_newer_news_of_the_same_overtook_is_not_told_after_it(ledger: Ledger) -> None:
    of_a = [
        a_signal("old", type_="update"),
        a_signal("note", type_="note"),
        a_signal("gone", type_="delete"),
        a_signal("back", type_="update"),
    ]
    of_b = a_signal("other", "era5/b", "update")
    with ledger.begin() as tx:
        outbox.append_all(tx, [*of_a, of_b])
        for name in ("old", "note", "back", "other"):
            outbox.refuse(tx, name, "too large")
        outbox.mark_sent(tx, ["gone"])

        assert outbox.readmit(tx, STATES) == 3
        assert [signal.id for signal in outbox.unsent(tx)] == ["note", "back", "other"]
        assert [kept.signal.id for kept in outbox.refused(tx)] == ["old"]


def test_signals_are_found_by_their_ids_in_the_order_that_is_asked_for(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        for name in ("e1", "e2", "e3"):
            outbox.append(tx, a_signal(name))

        assert outbox.of_ids(tx, ["e3", "unknown", "e1"]) == [a_signal("e3"), a_signal("e1")]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_two_that_mark_the_same_signals_never_wait_for_each_other(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        outbox.append_all(tx, [a_signal("z"), a_signal("a")])
    with ledger.begin() as tx:  # the older one is now the last in the table
        outbox.refuse(tx, "z", "too large")
        outbox.readmit(tx, STATES)
    with ThreadPoolExecutor(1) as other:
        with ledger.begin() as tx:
            outbox.mark_sent(tx, ["z"])
            both = other.submit(mark_sent, ledger, ["a", "z"])
            wait([both], timeout=1)
            outbox.mark_sent(tx, ["a"])
        both.result()

    with ledger.begin() as tx:
        assert outbox.unsent(tx) == []


def mark_sent(ledger: Ledger, ids: list[str]) -> None:
    """Mark them, where the server finds them as they lie in the table."""
    with ledger.begin() as tx:
        for way in ("indexscan", "bitmapscan"):
            tx.connection.execute(text(f"SET LOCAL enable_{way} = off"))
        outbox.mark_sent(tx, ids)
