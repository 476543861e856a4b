"""What a provider takes back is noticed, though the cursor asks for nothing but news."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from harvesters import failover, rescan
from harvesters.discovery import Found
from harvesters.eodag import EodagGateway
from harvesters.gateway import By, Ways
from harvesters.source import Source
from lake.ledger import windows
from lake.ledger.ledger import Ledger
from lake.ledger.schema import offer
from lake.nouns import Window
from sandbox.client import Sandbox
from tests.harvesters.fake_gateway import DAY, START, FakeGateway
from tests.harvesters.families import STAMPED, gateway_of, sources
from tests.makers import StillClock, a_ledger

NOW = START + 12 * DAY
TEN_DAYS = 10 * DAY


@pytest.fixture(scope="module")
def gateway(sandbox: Sandbox) -> EodagGateway:
    return gateway_of(sandbox)


@pytest.fixture
def today(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The sandbox on the day on which the ledger's clock stands."""
    sandbox.set_clock(NOW)
    yield sandbox
    sandbox.reset()


class Daily:
    """A ledger whose clock a test turns, and a harvest since its cursor."""

    def __init__(self, place: Path, gateway: EodagGateway, family: str, **policy: object) -> None:
        self.clock = StillClock(NOW)
        self.ledger: Ledger = a_ledger(place, self.clock)
        self.gateway = gateway
        self.source = sources()[family].model_copy(update={"since": START, **policy})

    def harvest(self) -> Found:
        return failover.discover(self.ledger, self.gateway, "c", [self.source])

    def withdrawn(self) -> list[str]:
        rows = select(offer.c.native_id).where(offer.c.state == "withdrawn")
        with self.ledger.begin() as tx:
            return list(tx.connection.execute(rows).scalars())


@pytest.mark.parametrize("family", [family for family in STAMPED if family != "odata"])
def test_what_vanished_is_named_within_a_day(
    tmp_path: Path, gateway: EodagGateway, today: Sandbox, family: str
) -> None:
    daily = Daily(tmp_path, gateway, family)
    first = daily.harvest()
    today.retract("sandbox-ticks", "tick-20240205T0600")
    daily.clock.pass_time(hours=1)
    an_hour_later = daily.harvest()
    daily.clock.pass_time(hours=24)
    a_day_later = daily.harvest()

    assert (first.withdrawn, first.reason) == (0, None)
    assert (an_hour_later.withdrawn, a_day_later.withdrawn) == (0, 1)
    assert daily.withdrawn() == ["tick-20240205T0600"]


def test_it_is_recorded_as_the_window_that_it_is(
    tmp_path: Path, gateway: EodagGateway, today: Sandbox
) -> None:
    daily = Daily(tmp_path, gateway, "stac", rescan=timedelta(days=4))
    daily.harvest()
    with daily.ledger.begin() as tx:
        (looked, _), (asked, _) = windows.recent(tx, 2)

    assert (asked.by, looked.by) == (By.PUBLISHED, By.SENSING)
    assert looked.window == Window(NOW - 4 * DAY, NOW)
    assert looked.is_accounted


@pytest.mark.parametrize("trouble", ["unavailable", "count_lies"])
def test_a_look_that_fails_harms_no_harvest_and_is_listed(
    tmp_path: Path, gateway: EodagGateway, today: Sandbox, trouble: str
) -> None:
    daily = Daily(tmp_path, gateway, "stac")
    harvested = daily.harvest()
    daily.clock.pass_time(days=1)
    with today.fault(trouble, provider="stac"):
        found = rescan.look_again(daily.ledger, gateway, "c", daily.source, harvested)
    with daily.ledger.begin() as tx:
        looked = windows.recent(tx, 1)[0][0]

    assert (found.found, found.withdrawn) == (harvested.found, 0)
    assert (looked.by, bool(looked.reason)) == (By.SENSING, True)


def test_it_may_be_left_to_the_census(
    tmp_path: Path, gateway: EodagGateway, today: Sandbox
) -> None:
    daily = Daily(tmp_path, gateway, "stac", rescan=timedelta(0))

    assert rescan.due(daily.ledger, gateway, "c", daily.source) is None


def test_a_cursor_in_the_time_of_the_data_needs_none(tmp_path: Path) -> None:
    unstamped = FakeGateway(searched=Ways(can_sort=True))
    source = Source(provider="fake", collection="THINGS", since=START)

    assert rescan.due(a_ledger(tmp_path), unstamped, "c", source) is None


def test_a_short_window_that_somebody_asked_for_does_not_stand_for_it(
    tmp_path: Path, gateway: EodagGateway, today: Sandbox
) -> None:
    daily = Daily(tmp_path, gateway, "stac")
    failover.discover(daily.ledger, gateway, "c", [daily.source], Window(NOW - DAY, NOW))

    assert rescan.due(daily.ledger, gateway, "c", daily.source) == Window(NOW - TEN_DAYS, NOW)
