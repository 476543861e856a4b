"""A house of its own for a draft: the same steps as a harvest's, over a ledger to throw away."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from harvesters.provider import Provider
from inlet.house import House
from inlet.onboarding.blueprint import Blueprint, laid_out
from inlet.portfolio import Portfolio
from inlet.settings import Settings
from lake.ledger.ledger import Ledger
from lake.store import open_store


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a probe goes: bytes and seconds of one sample, seconds of an order.

    ``page_size`` is small, so that few products make several pages.
    """

    sample_bytes: int = 512 << 20
    sample_seconds: float = 120.0
    order_seconds: float = 300.0
    page_size: int = 5


@contextmanager
def rehearsed(house: House, blueprint: Blueprint, bounds: Bounds) -> Iterator[House]:
    """Give a house with the draft alone while the ``with`` lasts; nothing of it is kept."""
    with (
        laid_out(blueprint, house.settings.portfolio_root) as (root, portfolio),
        tempfile.TemporaryDirectory(prefix="inlet-probe-") as made,
    ):
        settings = _settings(house.settings, Path(made), root)
        ledger = Ledger.open(settings.ledger_url, house.ledger.clock, house.ledger.owner)
        try:
            yield House(
                settings, _bounded(portfolio, bounds), ledger, open_store(settings.lake_url)
            )
        finally:
            ledger.close()


def _settings(of: Settings, home: Path, portfolio: Path) -> Settings:
    own = {"home": home, "portfolio": portfolio, "ledger": "", "lake": "", "kafka": ""}
    return Settings.model_validate(
        {**of.model_dump(), **own, "catalog": "embedded", "lineage": "", "stac": ""}
    )


def _bounded(portfolio: Portfolio, bounds: Bounds) -> Portfolio:
    providers: Mapping[str, Provider] = {
        name: provider.model_copy(
            update={
                "page_size": min(provider.page_size, bounds.page_size),
                "max_bytes": min(provider.max_bytes, bounds.sample_bytes),
                "deadlines": provider.deadlines.model_copy(
                    update={
                        "total_seconds": min(
                            provider.deadlines.total_seconds, bounds.sample_seconds
                        )
                    }
                ),
            }
        )
        for name, provider in portfolio.providers.items()
    }
    return replace(portfolio, providers=MappingProxyType(dict(providers)))
