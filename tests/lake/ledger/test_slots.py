import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from socket import gethostname

import pytest

from lake.ledger import slots
from lake.ledger.ledger import Ledger
from lake.ledger.quotas import Key
from tests.makers import StillClock, a_ledger

KEY = Key("p", "NAME_OF_A_CREDENTIAL", "download")
MOST = 4
DEAD = f"{gethostname()}/{2**22 + 1}/1"
ELSEWHERE = "another-host/7/1"


@dataclass
class Batch:
    """A batch as the carrier is one: it begins nothing beyond what it was told last."""

    ledger: Ledger
    name: str
    wanted: int = 10
    may: int = 0
    under_way: int = 0

    def beat(self) -> int:
        keeps = max(self.may, self.under_way)
        with self.ledger.begin() as tx:
            self.may = slots.share(tx, KEY, self.name, MOST, keeps, self.wanted)
        return self.may

    def begin_all(self) -> None:
        self.under_way = max(self.under_way, min(self.may, self.wanted))


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def batch(url: str, clock: StillClock) -> Callable[..., Batch]:
    def make(name: str, owner: str = "test", wanted: int = 10) -> Batch:
        return Batch(a_ledger(url, clock, owner), name, wanted)

    return make


def test_who_is_alone_may_have_all_and_never_more_than_it_wants(
    batch: Callable[..., Batch],
) -> None:
    one = batch("one", wanted=3)
    assert one.beat() == 3
    one.wanted = 10
    assert one.beat() == MOST


def test_two_come_to_a_fair_share_and_nothing_under_way_is_broken_off(
    batch: Callable[..., Batch],
) -> None:
    one, other = batch("one"), batch("other")
    one.beat()
    one.begin_all()

    assert other.beat() == 0
    assert one.beat() == MOST // 2
    assert other.beat() == 0
    one.under_way = MOST // 2
    one.beat()
    assert [other.beat(), one.beat()] == [MOST // 2, MOST // 2]


def test_what_is_given_back_is_the_others(batch: Callable[..., Batch]) -> None:
    one, other = batch("one"), batch("other")
    one.beat()
    other.beat()
    one.wanted = one.may = 0
    one.beat()

    assert other.beat() == MOST


@pytest.mark.parametrize(("owner", "seconds"), [(DEAD, 0), (ELSEWHERE, 61)])
def test_what_the_dead_held_is_free_at_once_and_elsewhere_when_the_lease_ends(
    batch: Callable[..., Batch], clock: StillClock, owner: str, seconds: float
) -> None:
    lost, other = batch("lost", owner), batch("other")
    lost.beat()
    if seconds:
        assert other.beat() == 0
        clock.pass_time(seconds=seconds)

    assert other.beat() == MOST


def test_where_there_are_too_few_for_all_each_has_its_turn(
    batch: Callable[..., Batch], clock: StillClock
) -> None:
    batches = [batch(f"b{n}") for n in range(3 * MOST)]
    seen: set[str] = set()
    for _ in range(60):
        for each in batches:
            if each.beat():
                seen.add(each.name)
        assert sum(each.may for each in batches) <= MOST
        clock.pass_time(seconds=1)

    assert seen == {each.name for each in batches}


@pytest.mark.parametrize("seed", range(5))
def test_there_are_never_more_under_way_than_the_account_may_have(
    batch: Callable[..., Batch], clock: StillClock, seed: int
) -> None:
    chance = random.Random(seed)
    batches = [batch(f"b{n}") for n in range(5)]
    for _ in range(150):
        each = chance.choice(batches)
        each.wanted = max(each.under_way, chance.choice([0, 1, 3, 10]))
        each.beat()
        each.begin_all()
        assert sum(b.under_way for b in batches) <= MOST
        each.under_way = chance.randint(0, each.under_way)
        clock.pass_time(seconds=chance.random())


def test_those_who_ask_at_the_same_moment_get_no_more_than_there_is(
    batch: Callable[..., Batch],
) -> None:
    batches = [batch(f"b{n}", wanted=3) for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(Batch.beat, batches))

    assert 0 < sum(told) <= MOST


def test_one_account_does_not_see_the_other(batch: Callable[..., Batch]) -> None:
    one, other = batch("one"), batch("one")
    one.beat()
    ask = partial(slots.share, batch="one", most=MOST, keeps=0, wanted=10)
    with other.ledger.begin() as tx:
        assert ask(tx, Key("p", "ANOTHER", "download")) == MOST
