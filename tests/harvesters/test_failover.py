"""Two providers of one collection: one stands in for the other, and nothing is taken twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select, update

from harvesters import failover
from harvesters.errors import CircuitOpen, HarvestError, Misconfigured, ProviderUnreachable
from harvesters.gateway import FORWARD, Page, Product, View, Ways
from harvesters.source import Source
from lake.ledger import coverage, watermarks
from lake.ledger.ledger import Ledger
from lake.ledger.schema import offer
from lake.nouns import Window
from tests.harvesters.fake_gateway import DAY, START, WINDOW, FakeGateway, product
from tests.makers import StillClock, a_ledger

FIRST = Source(provider="first", collection="A", key="{start:%Y%m%d}")
SECOND = Source(provider="second", collection="B", key="{start:%Y%m%d}")
BOTH = (FIRST, SECOND)
THREE = tuple(product(name, day) for day, name in enumerate("abc"))
SAME = tuple(product(name, day) for day, name in enumerate("xyz"))


@dataclass
class Two(FakeGateway):
    """Two providers behind one gateway."""

    first: FakeGateway = None  # type: ignore[assignment]
    second: FakeGateway = None  # type: ignore[assignment]

    def _of(self, source: Source) -> FakeGateway:
        return self.first if source.provider == "first" else self.second

    def ways(self, source: Source, part: str) -> Ways:
        return self._of(source).ways(source, part)

    def search(
        self, source: Source, part: str, window: Window, view: View = FORWARD
    ) -> Iterator[Page]:
        return self._of(source).search(source, part, window, view)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return a_ledger(tmp_path, StillClock(START + 10 * DAY))


def two(
    first: tuple[Product, ...] = THREE,
    second: tuple[Product, ...] = SAME,
    error: HarvestError | None = None,
) -> Two:
    return Two(first=FakeGateway(first, search_error=error), second=FakeGateway(second))


def states(ledger: Ledger) -> dict[str, str]:
    with ledger.begin() as tx:
        rows = tx.connection.execute(select(offer.c.native_id, offer.c.state))
        return {r.native_id: r.state for r in rows}


def end(ledger: Ledger, native_id: str, state: str) -> None:
    with ledger.begin() as tx:
        ended = update(offer).where(offer.c.native_id == native_id)
        tx.connection.execute(ended.values(state=state, failed_from="discovered"))


def test_the_first_that_answers_is_enough(ledger: Ledger) -> None:
    found = failover.discover(ledger, two(), "c", BOTH, WINDOW)

    assert found.new == 3
    assert set(states(ledger)) == {"a", "b", "c"}


@pytest.mark.parametrize("error", [ProviderUnreachable("gone"), CircuitOpen("silent")])
def test_one_that_does_not_answer_is_passed_over(ledger: Ledger, error: HarvestError) -> None:
    assert failover.discover(ledger, two(error=error), "c", BOTH, WINDOW).new == 3
    assert set(states(ledger)) == {"x", "y", "z"}


def test_one_that_is_back_brings_no_doubles(ledger: Ledger) -> None:
    failover.discover(ledger, two(error=ProviderUnreachable("gone")), "c", BOTH, WINDOW)
    failover.discover(ledger, two(), "c", BOTH, WINDOW)

    assert states(ledger) == {
        **dict.fromkeys("xyz", "discovered"),
        **dict.fromkeys("abc", "covered"),
    }


def test_a_mistake_in_the_settings_is_not_passed_over(ledger: Ledger) -> None:
    with pytest.raises(Misconfigured):
        failover.discover(ledger, two(error=Misconfigured("typo")), "c", BOTH, WINDOW)


def test_where_nobody_answers_the_first_error_is_raised(ledger: Ledger) -> None:
    gateway = two(error=ProviderUnreachable("first is gone"))
    gateway.second.search_error = ProviderUnreachable("second is gone")

    with pytest.raises(ProviderUnreachable, match="first is gone"):
        failover.discover(ledger, gateway, "c", BOTH, WINDOW)


def test_the_second_stands_in_for_what_ended_badly_at_the_first_alone(ledger: Ledger) -> None:
    gateway = two()
    failover.discover(ledger, gateway, "c", BOTH, WINDOW)
    end(ledger, "a", "landed")
    end(ledger, "b", "failed")
    came = failover.stand_in(ledger, gateway, "c", BOTH)

    assert came > 0
    assert states(ledger)["y"] == "discovered"
    assert states(ledger).get("x", "covered") == states(ledger).get("z", "covered") == "covered"
    assert failover.stand_in(ledger, gateway, "c", BOTH) == 0


def test_when_the_stand_in_fails_too_it_ends_there(ledger: Ledger) -> None:
    gateway = two()
    failover.discover(ledger, gateway, "c", BOTH, WINDOW)
    end(ledger, "b", "failed")
    failover.stand_in(ledger, gateway, "c", BOTH)
    end(ledger, "y", "invalid")

    assert failover.stand_in(ledger, gateway, "c", BOTH) == 0
    with ledger.begin() as tx:
        coverage.uncover(tx, "c")
    assert (states(ledger)["b"], states(ledger)["y"]) == ("failed", "invalid")


def test_each_provider_has_a_cursor_and_the_one_that_was_down_keeps_its_own(
    ledger: Ledger,
) -> None:
    gateway = two(error=ProviderUnreachable("gone"))
    failover.discover(ledger, gateway, "c", BOTH, beginning=START)
    with ledger.begin() as tx:
        marks = {mark.provider: mark.position for mark in watermarks.every(tx, "c")}

    assert marks == {"first": START, "second": START}


def test_nothing_due_is_no_error(ledger: Ledger) -> None:
    gateway = two()
    gateway.first.searched = Ways(takes_orders=True, lateness=30 * DAY)

    assert failover.discover(ledger, gateway, "c", BOTH, beginning=START).found == 0
