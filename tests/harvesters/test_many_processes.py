"""Four processes over one ledger, let loose on the same row at the same moment."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from threading import BrokenBarrierError
from typing import Any, TypeVar

from harvesters.breaker import FAILURES_TO_OPEN, FIRST_OPEN
from harvesters.errors import CircuitOpen, ProviderUnreachable, RateLimited
from harvesters.ordering import place
from harvesters.provider import Provider
from harvesters.quotas import Errand, Lane, LedgeredQuotas, Operation, Unlimited
from lake.ledger import circuits, coverage, offers
from lake.ledger.ledger import Ledger
from lake.ledger.schema import offer
from lake.ledger.states import OfferState
from lake.nouns import Offer
from tests.harvesters.fake_gateway import FakeGateway, product
from tests.makers import NEW_YEAR, StillClock, a_ledger, an_offer

T = TypeVar("T")
PROCESSES = 4
ROUNDS = 20
SEARCH = Errand("p", Operation.SEARCH)
LANES = (Lane.FORWARD, Lane.BACKFILL, Lane.FORWARD, Lane.BACKFILL)


class Together:
    """The gate at which this process waits for the others."""

    gate: Any = None

    @classmethod
    def wait(cls) -> None:
        try:
            cls.gate.wait(20)
        except BrokenBarrierError as error:
            raise AssertionError("another process did not come this far") from error


def at_once(work: Callable[[int], T]) -> list[T]:
    """Do ``work`` in four processes; give each its number."""
    context = get_context("spawn")
    gate = context.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, context, partial(setattr, Together), ("gate", gate)) as p:
        return list(p.map(work, range(PROCESSES)))


def quotas_at(url: str, clock: StillClock, lane: Lane = Lane.FORWARD) -> LedgeredQuotas:
    limits = {"search": {"per_second": 10}}
    block = {"id": "p", "title": "P", "eodag": {"search": {}}, "quotas": limits}
    described = {"p": Provider.model_validate(block)}
    return LedgeredQuotas(Ledger.open(url, clock), described, lane)


def test_an_empty_ledger_may_be_opened_by_all_at_once(url: str) -> None:
    assert at_once(partial(_opened, url)) == [True] * PROCESSES


def test_lanes_in_several_processes_share_by_weight_and_waste_nothing(url: str) -> None:
    Ledger.open(url).close()
    passed: Counter[Lane] = Counter()
    for lane, count in zip(LANES, at_once(partial(_passed_in_ten_seconds, url)), strict=True):
        passed[lane] += count

    assert 95 <= passed.total() <= 101
    assert 3 <= passed[Lane.FORWARD] / passed[Lane.BACKFILL] <= 5


def test_what_one_process_was_told_to_wait_all_wait(url: str) -> None:
    Ledger.open(url).close()

    assert at_once(partial(_told_to_wait, url)) == [30.0] * PROCESSES
    assert quotas_at(url, StillClock(NEW_YEAR + timedelta(seconds=30))).ask(SEARCH) == 0.0


def test_no_failure_is_lost_when_all_fail_at_once(url: str) -> None:
    Ledger.open(url).close()
    at_once(partial(_fail_at_each, url))

    with a_ledger(url).begin() as tx:
        found = [circuits.of_host(tx, f"host-{number}") for number in range(ROUNDS)]
    assert [None if c is None else c.failures for c in found] == [PROCESSES] * ROUNDS


def test_one_process_alone_probes_a_host_that_was_silent(url: str) -> None:
    quotas = quotas_at(url, StillClock())
    for number in range(ROUNDS):
        for _ in range(FAILURES_TO_OPEN):
            quotas.tell(_errand(number), ProviderUnreachable("no route"))

    admitted = at_once(partial(_probed, url))
    assert [sum(by_host) for by_host in zip(*admitted, strict=True)] == [1] * ROUNDS


def test_asking_and_telling_at_once_locks_nobody_up(url: str) -> None:
    Ledger.open(url).close()

    assert at_once(partial(_ask_or_tell, url)) == [100] * PROCESSES


def test_no_more_orders_are_open_than_may_be_whoever_places_them(url: str) -> None:
    with a_ledger(url).begin() as tx:
        for number in range(ROUNDS):
            offers.record(tx, [_to_order(number, process) for process in range(PROCESSES)])
    at_once(partial(_order, url))

    with a_ledger(url).begin() as tx:
        assert [offers.open_orders(tx, f"p{number}") for number in range(ROUNDS)] == [1] * ROUNDS


def test_two_providers_asked_at_once_are_not_both_fetched_from(url: str) -> None:
    Ledger.open(url).close()
    at_once(partial(_offer_the_same, url))

    with a_ledger(url).begin() as tx:
        states = [row.state for row in tx.connection.execute(offer.select())]
        assert coverage.uncover(tx, "era5") == 0
    assert states.count(OfferState.DISCOVERED) == ROUNDS
    assert states.count(OfferState.COVERED) == ROUNDS * (PROCESSES - 1)


def _errand(number: int) -> Errand:
    return Errand("p", Operation.DOWNLOAD, f"host-{number}")


def _opened(url: str, _: int) -> bool:
    Together.wait()
    with Ledger.open(url).begin() as tx:
        return offers.unfinished(tx, "era5") == []


def _passed_in_ten_seconds(url: str, process: int) -> int:
    clock = StillClock()
    quotas = quotas_at(url, clock, LANES[process])
    passed = 0
    for _ in range(100):
        Together.wait()
        clock.pass_time(seconds=0.1)
        passed += quotas.ask(SEARCH) == 0.0
    return passed


def _told_to_wait(url: str, process: int) -> float:
    quotas = quotas_at(url, StillClock())
    if process == 0:
        quotas.tell(SEARCH, RateLimited("too many", 30))
    Together.wait()
    return quotas.ask(SEARCH)


def _fail_at_each(url: str, _: int) -> None:
    quotas = quotas_at(url, StillClock())
    for number in range(ROUNDS):
        Together.wait()
        quotas.tell(_errand(number), ProviderUnreachable("no route"))


def _probed(url: str, _: int) -> list[bool]:
    quotas = quotas_at(url, StillClock(NEW_YEAR + FIRST_OPEN))
    return [_is_admitted(quotas, _errand(number)) for number in range(ROUNDS)]


def _is_admitted(quotas: LedgeredQuotas, errand: Errand) -> bool:
    Together.wait()
    try:
        return quotas.ask(errand) == 0.0
    except CircuitOpen:
        return False


def _ask_or_tell(url: str, process: int) -> int:
    clock = StillClock()
    quotas = quotas_at(url, clock)
    Together.wait()
    for _ in range(100):
        clock.pass_time(seconds=1)
        if process % 2:
            quotas.tell(SEARCH, ProviderUnreachable("503", 0.001))
        else:
            with suppress(CircuitOpen):
                quotas.ask(SEARCH)
    return 100


class OneAtATime(Unlimited):
    """Lets one order be open."""

    def most_open_orders(self, provider: str) -> int | None:
        return 1


def _to_order(number: int, process: int) -> Offer:
    made = an_offer(f"{number}-{process}", provider=f"p{number}", item_key=f"{number}-{process}")
    return replace(made, needs_order=True, product=product(made.native_id).record)


def _order(url: str, process: int) -> None:
    ledger = Ledger.open(url, StillClock())
    with ledger.begin() as tx:
        rows = tx.connection.execute(offer.select().order_by(offer.c.id)).all()
    mine = [row.id for row in rows if row.native_id.endswith(f"-{process}")]
    for row in mine:
        Together.wait()
        place(ledger, FakeGateway(), [row], OneAtATime())


def _offer_the_same(url: str, process: int) -> None:
    ledger = Ledger.open(url, StillClock())
    for number in range(ROUNDS):
        Together.wait()
        with ledger.begin() as tx:
            made = an_offer(provider=f"p{process}", item_key=f"item-{number}")
            offers.record(tx, [replace(made, native_id=f"{number}")])
