import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from datetime import datetime
from multiprocessing import get_context

import pytest

from harvesters import breaker
from harvesters.breaker import FAILURES_TO_OPEN, FIRST_OPEN, LONGEST_OPEN, LONGEST_PROBE
from harvesters.errors import CircuitOpen
from lake.ledger import circuits
from lake.ledger.ledger import Ledger
from lake.ledger.owner import this_process
from tests.makers import StillClock, a_ledger

HOST = "data.example.org:443"


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def still(url: str, clock: StillClock) -> Ledger:
    return a_ledger(url, clock)


def fail(ledger: Ledger, times: int = 1) -> None:
    for _ in range(times):
        with ledger.begin() as tx:
            breaker.silent(tx, HOST, "no route")


def admits(ledger: Ledger) -> bool:
    try:
        with ledger.begin() as tx:
            breaker.admit(tx, HOST)
    except CircuitOpen:
        return False
    return True


def test_some_failures_in_a_row_leave_it_closed_and_one_more_opens_it(still: Ledger) -> None:
    fail(still, FAILURES_TO_OPEN - 1)
    assert admits(still)
    fail(still)
    assert not admits(still)


def test_an_answer_in_between_begins_the_count_anew(still: Ledger) -> None:
    fail(still, FAILURES_TO_OPEN - 1)
    with still.begin() as tx:
        breaker.answered(tx, HOST)
    fail(still, FAILURES_TO_OPEN - 1)

    assert admits(still)


def test_an_open_circuit_says_since_when_and_until_when(still: Ledger) -> None:
    fail(still, FAILURES_TO_OPEN)

    said = r"since 2024-01-01T00:00:00Z \(5 times: no route\)"
    with pytest.raises(CircuitOpen, match=said) as told, still.begin() as tx:
        breaker.admit(tx, HOST)
    assert told.value.retry_after_seconds == FIRST_OPEN.total_seconds()


def test_one_probe_passes_and_its_answer_closes_the_circuit(
    still: Ledger, clock: StillClock
) -> None:
    fail(still, FAILURES_TO_OPEN)
    clock.now += FIRST_OPEN
    assert [admits(still) for _ in range(4)] == [True, False, False, False]

    with still.begin() as tx:
        breaker.answered(tx, HOST)
    assert admits(still)


def test_a_probe_that_fails_opens_it_for_longer_up_to_a_bound(
    still: Ledger, clock: StillClock
) -> None:
    fail(still, FAILURES_TO_OPEN)
    open_for = []
    for _ in range(12):
        with still.begin() as tx:
            [known] = circuits.not_closed(tx)
        assert known.retry_at is not None
        open_for.append(known.retry_at - clock.now)
        clock.now = known.retry_at
        assert admits(still)
        fail(still)

    assert open_for[:3] == [FIRST_OPEN, FIRST_OPEN * 2, FIRST_OPEN * 4]
    assert open_for[-1] == LONGEST_OPEN


def test_requests_that_left_before_it_opened_do_not_keep_it_open(
    still: Ledger, clock: StillClock
) -> None:
    fail(still, FAILURES_TO_OPEN + 20)
    clock.now += FIRST_OPEN

    assert admits(still)


def test_after_a_prober_that_was_killed_the_next_process_probes_at_once(
    url: str, clock: StillClock
) -> None:
    still = a_ledger(url, clock)
    fail(still, FAILURES_TO_OPEN)
    clock.now += FIRST_OPEN
    with ProcessPoolExecutor(1, get_context("spawn")) as pool, suppress(BrokenProcessPool):
        pool.submit(_probe_and_be_killed, url, clock.now).result()

    assert [admits(still), admits(still)] == [True, False]


def test_a_prober_that_lives_is_waited_for(url: str, clock: StillClock) -> None:
    prober, other = a_ledger(url, clock, this_process()), a_ledger(url, clock, "other")
    fail(prober, FAILURES_TO_OPEN)
    clock.now += FIRST_OPEN

    assert admits(prober)
    assert not admits(other)


def test_a_prober_that_is_heard_of_no_more_is_not_waited_for_for_ever(
    still: Ledger, clock: StillClock
) -> None:
    fail(still, FAILURES_TO_OPEN)
    clock.now += FIRST_OPEN
    assert admits(still)
    clock.now += LONGEST_PROBE

    assert admits(still)


def _probe_and_be_killed(url: str, now: datetime) -> None:
    assert admits(Ledger.open(url, StillClock(now)))
    os.kill(os.getpid(), signal.SIGKILL)
