from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from lake.errors import LostClaim
from lake.ledger import offers, work
from lake.ledger.ledger import Ledger
from lake.ledger.schema import offer
from lake.ledger.states import OfferState
from tests.makers import StillClock, a_ledger, an_offer

MANY = 200


def test_a_claimed_row_is_not_given_to_another(url: str) -> None:
    mine, other = a_ledger(url, owner="mine"), a_ledger(url, owner="other")
    with mine.begin() as tx:
        offers.record(tx, [an_offer()])
        ids = offers.unfinished(tx, "era5")
        assert work.claim(tx, offer, ["discovered"], ids) == ids

    with other.begin() as tx:
        assert work.claim(tx, offer, ["discovered"], ids) == []


def test_a_lease_that_ran_out_frees_the_row_and_the_slow_worker_drops_its_work(
    url: str,
) -> None:
    clock = StillClock()
    slow, quick = a_ledger(url, clock, "slow"), a_ledger(url, clock, "quick")
    with slow.begin() as tx:
        offers.record(tx, [an_offer()])
        [row] = work.claim(tx, offer, ["discovered"])
    clock.pass_time(minutes=16)
    with quick.begin() as tx:
        assert work.claim(tx, offer, ["discovered"]) == [row]

    with pytest.raises(LostClaim, match="another worker"), slow.begin() as tx:
        work.move(tx, offer, row, "discovered", "ready")


def test_the_claim_of_a_dead_process_is_free_at_once(url: str) -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(_record_and_claim, url).result()

    with a_ledger(url).begin() as tx:
        assert len(work.claim(tx, offer, ["discovered"])) == 1


def test_failures_wait_longer_and_end_in_failed_with_their_reason(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    with ledger.begin() as tx:
        offers.record(tx, [an_offer()])
    for _ in range(work.MAX_ATTEMPTS):
        with ledger.begin() as tx:
            [row] = work.claim(tx, offer, ["discovered"])
            work.fail(tx, offer, row, "discovered", "the line went dead")
            assert work.claim(tx, offer, ["discovered"]) == []
        clock.pass_time(minutes=1)

    with ledger.begin() as tx:
        [failed] = tx.connection.execute(offer.select())
        assert (failed.state, failed.reason) == ("failed", "the line went dead")
        assert work.revive(tx, offer) == 1
        assert work.claim(tx, offer, ["discovered"]) == [row]


def test_four_processes_claim_every_row_once(url: str) -> None:
    with a_ledger(url).begin() as tx:
        offers.record(tx, [an_offer(f"n{i}") for i in range(MANY)])

    with ProcessPoolExecutor(4, get_context("spawn")) as pool:
        taken = [i for ids in pool.map(_claim_all, [url] * 4) for i in ids]

    assert len(taken) == len(set(taken)) == MANY


def test_invalid_is_never_revived(url: str) -> None:
    with a_ledger(url).begin() as tx:
        offers.record(tx, [an_offer()])
        [row] = work.claim(tx, offer, ["discovered"])
        work.move(tx, offer, row, OfferState.DISCOVERED, OfferState.INVALID, reason="not GRIB")

        assert work.revive(tx, offer) == 0


def _record_and_claim(url: str) -> None:
    with Ledger.open(url, StillClock()).begin() as tx:
        offers.record(tx, [an_offer()])
        assert work.claim(tx, offer, ["discovered"])


def _claim_all(url: str) -> list[int]:
    ledger = Ledger.open(url, StillClock())
    taken: list[int] = []
    while True:
        with ledger.begin() as tx:
            batch = work.claim(tx, offer, ["discovered"], limit=7)
        if not batch:
            return taken
        taken += batch
