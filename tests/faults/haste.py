"""A house in which time flies, so that a wait of a minute is over in two seconds.

The ledger and the gateway take their time from an injected clock; only the providers, and the
deadlines of transfers, keep to real time.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from harvesters.eodag import EodagGateway
from harvesters.gateway import Gateway
from harvesters.polite import PoliteGateway
from inlet.house import House
from inlet.portfolio import Portfolio, load
from inlet.settings import Settings
from lake.ledger.ledger import Ledger
from lake.store import open_store
from sandbox.client import Sandbox

PORTFOLIO = Path(__file__).parent / "portfolio"
HASTE = 30.0

Pause = Callable[[float], None]


@dataclass(frozen=True)
class HastyClock:
    """A clock that runs so many times faster from the moment at which it was made."""

    began_at: datetime
    began_seconds: float
    haste: float = HASTE

    @classmethod
    def started(cls, haste: float = HASTE) -> "HastyClock":
        return cls(datetime.now(UTC), time.monotonic(), haste)

    def __call__(self) -> datetime:
        passed_seconds = (time.monotonic() - self.began_seconds) * self.haste
        return self.began_at + timedelta(seconds=passed_seconds)

    def pause(self, seconds: float) -> None:
        """Let so many of this clock's seconds pass."""
        time.sleep(seconds / self.haste)


@dataclass(frozen=True)
class HastyHouse(House):
    """A house whose gateway is brought along: building one takes a second."""

    brought: EodagGateway = field(kw_only=True)

    pause: Pause = field(kw_only=True)

    @cached_property
    def gateway(self) -> Gateway:
        return PoliteGateway(self.brought, self.quotas, self.pause)


@dataclass(frozen=True)
class Neighbourhood:
    """What all houses of a process share: the providers' sandbox, the portfolio, the gateway."""

    sandbox: Sandbox
    portfolio: Portfolio
    gateway: EodagGateway
    clock: HastyClock

    @classmethod
    def around(cls, sandbox: Sandbox, root: Path = PORTFOLIO) -> "Neighbourhood":
        portfolio, clock = load(root), HastyClock.started()
        assert not portfolio.problems
        gateway = EodagGateway(portfolio.providers, environment(sandbox), clock, clock.pause)
        return cls(sandbox, portfolio, gateway, clock)

    @contextmanager
    def house(self, home: Path) -> Iterator[HastyHouse]:
        """Give the house at ``home``, which is new where nothing is there."""
        home.mkdir(parents=True, exist_ok=True)
        settings = Settings(home=home, portfolio=PORTFOLIO, sandbox_url=self.sandbox.url)
        house = HastyHouse(
            settings,
            self.portfolio,
            Ledger.open(settings.ledger_url, self.clock),
            open_store(settings.lake_url),
            brought=self.gateway,
            pause=self.clock.pause,
        )
        try:
            yield house
        finally:
            house.close()


def environment(sandbox: Sandbox) -> Mapping[str, str]:
    """Return what the portfolio's providers name."""
    return {"INLET_SANDBOX_URL": sandbox.url, "INLET_SANDBOX_KEY": sandbox.key}
