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


def a_signal(name: str, subject: str = "era5/a") -> Signal:
    return Signal(name, "create", subject, NEW_YEAR, '{"id": "a"}')


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
        assert outbox.readmit(tx) == 1
        assert outbox.unsent(tx) == [a_signal("e1"), a_signal("e2")]


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
        outbox.readmit(tx)
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
