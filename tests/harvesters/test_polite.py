import pytest

from harvesters.errors import ProviderUnreachable, RateLimited
from harvesters.gateway import Ways
from harvesters.polite import PoliteGateway
from harvesters.quotas import Errand, Operation, Unlimited
from tests.harvesters.fake_gateway import WINDOW, FakeGateway, product
from tests.harvesters.rows import SOURCE

THREE = tuple(product(name) for name in "abc")


class Slow(Unlimited):
    """Makes everybody wait as it is told, in turn, and remembers what it is told."""

    def __init__(self, *waits: float) -> None:
        self.waits = list(waits)
        self.told: list[tuple[Operation, bool]] = []

    def ask(self, errand: Errand) -> float:
        return self.waits.pop(0) if self.waits else 0.0

    def tell(self, errand: Errand, error: object, size_bytes: int = 0) -> None:
        self.told.append((errand.operation, error is None))


def test_each_page_waits_for_its_leave() -> None:
    slept: list[float] = []
    quotas = Slow(2.0, 3.0, 0.0, 4.0)
    gateway = PoliteGateway(FakeGateway(THREE), quotas, slept.append)
    pages = list(gateway.search(SOURCE, "main", WINDOW))

    assert [len(page.products) for page in pages] == [2, 1]
    assert slept == [2.0, 3.0, 4.0]
    assert quotas.told == [(Operation.SEARCH, True)] * 3


def test_a_provider_that_wants_to_be_left_alone_for_long_is_left_alone() -> None:
    slept: list[float] = []
    gateway = PoliteGateway(FakeGateway(THREE), Slow(3600.0), slept.append)

    with pytest.raises(RateLimited, match="a wait of 3600 s") as told:
        list(gateway.search(SOURCE, "main", WINDOW))
    assert (slept, told.value.retry_after_seconds) == ([], 3600.0)


def test_planning_asks_for_constraints_once_and_waits_for_its_leave() -> None:
    slept: list[float] = []
    quotas = Slow(2.0, 0.0, 5.0)
    planning = FakeGateway(THREE, searched=Ways(takes_orders=True, plans_alone=True))
    pages = list(PoliteGateway(planning, quotas, slept.append).search(SOURCE, "main", WINDOW))

    assert [len(page.products) for page in pages] == [2, 1]
    assert (slept, quotas.told) == ([2.0], [(Operation.SEARCH, True)])


def test_planning_that_asks_the_provider_for_each_order_is_paced_as_a_search() -> None:
    quotas = Slow()
    planning = FakeGateway(THREE, searched=Ways(takes_orders=True))
    list(PoliteGateway(planning, quotas).search(SOURCE, "main", WINDOW))

    assert quotas.told == [(Operation.SEARCH, True)] * 3


def test_a_search_that_breaks_is_told() -> None:
    quotas = Slow()
    broken = FakeGateway(THREE, search_error=ProviderUnreachable("gone"), breaks_after=1)

    with pytest.raises(ProviderUnreachable):
        list(PoliteGateway(broken, quotas).search(SOURCE, "main", WINDOW))
    assert quotas.told == [(Operation.SEARCH, True), (Operation.SEARCH, False)]
