"""Requests as rows: the same is one, an end is an end, and a bad one may be begun anew."""

from dataclasses import replace

import pytest

from lake.ledger import requests
from lake.ledger.requests import RequestState, Wanted
from tests.makers import StillClock, a_day, a_ledger

WANTED = Wanted("d1g3st", "sst", a_day(), {"collection": "sst"}, "ada", "kafka", "m1")


def test_the_same_request_is_one_row_whoever_asks_how_often(url: str) -> None:
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        first, is_new = requests.ask(tx, WANTED)
        second, is_new_again = requests.ask(tx, replace(WANTED, correlation="m2"))

    assert (is_new, is_new_again) == (True, False)
    assert first == second
    assert first.run == "request__d1g3st"


def test_an_end_is_an_end(url: str) -> None:
    with a_ledger(url).begin() as tx:
        requests.ask(tx, WANTED)
        assert requests.begin(tx, "d1g3st")
        assert requests.settle(tx, "d1g3st", RequestState.DISMISSED)
        assert not requests.settle(tx, "d1g3st", RequestState.COMPLETED, outcome={"items": []})
        assert not requests.begin(tx, "d1g3st")

        known = requests.known(tx, "d1g3st")
        assert (known.state, known.outcome) == (RequestState.DISMISSED, None)


@pytest.mark.parametrize("end", ["failed", "rejected", "dismissed"])
def test_a_bad_end_may_be_asked_again(url: str, end: str) -> None:
    with a_ledger(url).begin() as tx:
        requests.ask(tx, WANTED)
        requests.settle(tx, "d1g3st", RequestState(end), "failed", "why")
        other, is_new = requests.ask(tx, replace(WANTED, correlation="m2"))

    assert (other.name, other.state, is_new) == ("d1g3st.2", RequestState.ACCEPTED, True)


def test_a_good_end_is_not_run_again(url: str) -> None:
    with a_ledger(url).begin() as tx:
        requests.ask(tx, WANTED)
        requests.settle(tx, "d1g3st", RequestState.COMPLETED)

        assert not requests.ask(tx, replace(WANTED, correlation="m2"))[1]


def test_what_failed_may_be_completed_after_all(url: str) -> None:
    with a_ledger(url).begin() as tx:
        requests.ask(tx, WANTED)
        assert requests.settle(tx, "d1g3st", RequestState.FAILED, "failed", "why")
        assert not requests.settle(tx, "d1g3st", RequestState.DISMISSED)
        assert requests.settle(tx, "d1g3st", RequestState.COMPLETED, outcome={"items": ["a"]})

        known = requests.known(tx, "d1g3st")
        assert (known.state, known.code, known.reason) == (RequestState.COMPLETED, None, None)


def test_what_is_open_and_silent_is_found(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    with ledger.begin() as tx:
        requests.ask(tx, WANTED)
    clock.pass_time(minutes=5)
    with ledger.begin() as tx:
        [silent] = requests.still_open(tx, tx.now)
        requests.touch(tx, silent.name)

        assert requests.still_open(tx, tx.now) == []
        assert [known.name for known in requests.recent(tx, requester="ada")] == ["d1g3st"]
        assert requests.recent(tx, requester="bob") == []
