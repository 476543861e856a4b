from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from lake.ledger import notices
from lake.ledger.ledger import Ledger
from lake.ledger.notices import Notice, NoticeState
from tests.makers import NEW_YEAR, StillClock, a_day, a_ledger


def a_notice(identifier: str = "n1", source: str = "webhook") -> Notice:
    return Notice(source, identifier, NEW_YEAR, "{}", "sst", a_day(), ("x",), {"k": "v"})


def test_a_notice_told_twice_is_one_and_keeps_its_state(url: str) -> None:
    with a_ledger(url).begin() as tx:
        notices.record(tx, a_notice())
        [hint] = notices.claim(tx, 10)
        notices.settle(tx, hint.row, NoticeState.DONE)

        assert notices.record(tx, a_notice()).state is NoticeState.DONE
        assert notices.record(tx, a_notice(source="kafka")).state is NoticeState.WAITING


def test_a_claimed_notice_says_what_to_harvest(url: str) -> None:
    with a_ledger(url).begin() as tx:
        notices.record(tx, a_notice())
        [hint] = notices.claim(tx, 10)

        assert (hint.collection, hint.window, hint.keys) == ("sst", a_day(), {"k": "v"})
        assert notices.claim(tx, 10) == []


def test_a_rejected_notice_is_never_claimed(url: str) -> None:
    with a_ledger(url).begin() as tx:
        notices.record(tx, a_notice(), NoticeState.REJECTED, "not JSON")

        assert notices.claim(tx, 10) == []
        assert notices.recent(tx)[0].reason == "not JSON"


def test_the_notices_of_a_dead_runner_are_free_at_once(url: str) -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(_record_and_claim, url).result()

    with a_ledger(url).begin() as tx:
        assert len(notices.claim(tx, 10)) == 1


def test_a_notice_whose_harvest_never_works_ends_as_failed(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    with ledger.begin() as tx:
        notices.record(tx, a_notice())
    for _ in range(20):
        with ledger.begin() as tx:
            for hint in notices.claim(tx, 10):
                notices.fail(tx, hint.row, "the provider is down")
        clock.pass_time(days=1)

    with ledger.begin() as tx:
        [known] = notices.recent(tx)
    assert (known.state, known.reason) == (NoticeState.FAILED, "the provider is down")


def _record_and_claim(url: str) -> None:
    with Ledger.open(url, StillClock()).begin() as tx:
        notices.record(tx, a_notice())
        assert notices.claim(tx, 10)
