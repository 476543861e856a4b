import pytest

from harvesters import errors
from harvesters.breaker import FAILURES_TO_OPEN
from harvesters.provider import Provider
from harvesters.quotas import WEIGHTS, Errand, Lane, LedgeredQuotas, Operation
from lake.ledger import circuits, schema
from lake.ledger.ledger import Ledger
from tests.makers import StillClock, a_ledger

SEARCH = Errand("p", Operation.SEARCH)
ORDER = Errand("p", Operation.ORDER)
DOWNLOAD = Errand("p", Operation.DOWNLOAD, "data.example.org:443")


def make(**limits: object) -> dict[str, Provider]:
    block = {"search": {}}
    return {
        "p": Provider.model_validate({"id": "p", "title": "P", "eodag": block, "quotas": limits})
    }


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def still(url: str, clock: StillClock) -> Ledger:
    return a_ledger(url, clock)


def test_each_operation_has_its_own_rate(still: Ledger) -> None:
    quotas = LedgeredQuotas(still, make(search={"per_second": 2, "burst": 2}))

    assert [quotas.ask(SEARCH) for _ in range(3)] == [0.0, 0.0, 0.5]
    assert [quotas.ask(DOWNLOAD) for _ in range(3)] == [0.0, 0.0, 0.0]


def test_a_providers_wish_to_be_left_alone_holds_for_all_and_for_its_time(
    still: Ledger, clock: StillClock
) -> None:
    one, other = (LedgeredQuotas(still, make(), lane) for lane in (Lane.FORWARD, Lane.BACKFILL))
    one.tell(ORDER, errors.RateLimited("too many", 30))

    assert other.ask(ORDER) == 30
    assert other.ask(DOWNLOAD) == 0.0
    clock.pass_time(seconds=30)
    assert other.ask(ORDER) == 0.0


def test_a_503_that_says_when_to_come_back_is_honoured(still: Ledger) -> None:
    quotas = LedgeredQuotas(still, make(order={"per_second": 100}))
    quotas.tell(ORDER, errors.ProviderUnreachable("503", 12))

    assert quotas.ask(ORDER) == 12


def test_a_429_that_does_not_say_when_still_slows_down(still: Ledger) -> None:
    quotas = LedgeredQuotas(still, make())
    quotas.tell(ORDER, errors.RateLimited("too many"))

    assert quotas.ask(ORDER) > 0


def test_a_host_that_is_dead_is_not_asked_and_harms_no_other(still: Ledger) -> None:
    quotas = LedgeredQuotas(still, make())
    for _ in range(FAILURES_TO_OPEN):
        assert quotas.ask(DOWNLOAD) == 0.0
        quotas.tell(DOWNLOAD, errors.SlowTransfer("no byte came"))

    with pytest.raises(errors.CircuitOpen, match=r"data\.example\.org:443 has not answered"):
        quotas.ask(DOWNLOAD)
    assert quotas.ask(SEARCH) == 0.0
    with still.begin() as tx:
        assert [c.host for c in circuits.not_closed(tx)] == ["data.example.org:443"]


def test_an_answer_that_says_no_is_an_answer(still: Ledger) -> None:
    quotas = LedgeredQuotas(still, make())
    for _ in range(FAILURES_TO_OPEN + 1):
        quotas.tell(DOWNLOAD, errors.Vanished("404"))

    assert quotas.ask(DOWNLOAD) == 0.0


def test_the_open_circuit_gives_the_token_back(still: Ledger, clock: StillClock) -> None:
    quotas = LedgeredQuotas(still, make(order={"per_second": 0.001}))
    for _ in range(FAILURES_TO_OPEN):
        quotas.tell(ORDER, errors.ProviderUnreachable("no route"))
    with pytest.raises(errors.CircuitOpen):
        quotas.ask(ORDER)
    quotas.tell(ORDER, None)

    assert quotas.ask(ORDER) == 0.0


def test_a_months_bytes_end_and_begin_again_with_the_next(
    still: Ledger, clock: StillClock
) -> None:
    quotas = LedgeredQuotas(still, make(bytes_per_month=100))
    quotas.tell(DOWNLOAD, None, 60)
    assert quotas.ask(DOWNLOAD) == 0.0
    quotas.tell(DOWNLOAD, None, 40)

    with pytest.raises(errors.QuotaSpent, match="at most 100 bytes in 2024-01, came 100"):
        quotas.ask(DOWNLOAD)
    assert quotas.ask(ORDER) == 0.0
    clock.pass_time(days=31)
    assert quotas.ask(DOWNLOAD) == 0.0


def test_every_lane_has_a_weight_and_the_present_goes_before_the_past() -> None:
    assert set(WEIGHTS) == set(Lane)
    assert WEIGHTS[Lane.FORWARD] > WEIGHTS[Lane.BACKFILL]


def test_without_limits_nothing_is_written(still: Ledger) -> None:
    quotas = LedgeredQuotas(still, make())
    for _ in range(3):
        quotas.ask(DOWNLOAD)
        quotas.tell(DOWNLOAD, None, 10)

    kept = (schema.bucket, schema.bucket_lane, schema.circuit, schema.traffic)
    with still.begin() as tx:
        assert [tx.connection.execute(table.select()).all() for table in kept] == [[], [], [], []]
