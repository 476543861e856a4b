"""The house, put together: settings, portfolio, ledger, store, and the way to the providers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self, TypeVar

from catalog.extensions import ExtensionSchemas
from catalog.publisher import EmbeddedPublisher, Publisher
from catalog.template import StacTemplate
from harvesters.polite import PoliteGateway
from harvesters.quotas import Lane, LedgeredQuotas, Quotas
from inlet import credentials
from inlet.portfolio import Portfolio, load
from inlet.settings import Settings
from lake.ledger.ledger import Ledger
from lake.nouns import ItemId, OfferId
from lake.store import Store, open_store

Id = TypeVar("Id", OfferId, ItemId)

if TYPE_CHECKING:
    from harvesters.gateway import Gateway


@dataclass(frozen=True)
class House:
    """Everything a step needs. One per process."""

    settings: Settings
    portfolio: Portfolio
    ledger: Ledger
    store: Store
    lane: Lane = Lane.FORWARD

    @classmethod
    def open(cls, settings: Settings | None = None, lane: Lane = Lane.FORWARD) -> Self:
        """Open the house that the environment describes; ``lane`` is why providers are asked."""
        chosen = settings or Settings()
        return cls(
            chosen,
            load(chosen.portfolio_root),
            Ledger.open(chosen.ledger_url),
            open_store(chosen.lake_url),
            lane,
        )

    @cached_property
    def gateway(self) -> "Gateway":
        """Return the way to the providers, at their rates; EODAG is imported only here."""
        from harvesters.eodag import open_gateway  # noqa: PLC0415 - a second and 135 MB

        providers = self.portfolio.providers
        known = credentials.environment(self.settings, providers.values())
        opened = open_gateway(providers, known)
        return PoliteGateway(opened, self.quotas)

    @cached_property
    def quotas(self) -> Quotas:
        """Return what the providers let us do: kept in the ledger, shared by all processes."""
        return LedgeredQuotas(self.ledger, self.portfolio.providers, self.lane)

    @cached_property
    def templates(self) -> dict[str, StacTemplate]:
        """Return how each collection of the portfolio describes itself."""
        return {name: c.stac for name, c in self.portfolio.collections.items()}

    @cached_property
    def extensions(self) -> ExtensionSchemas | None:
        """Return against what items are held beside STAC's core, where the settings say it."""
        folder = self.settings.stac_schemas
        return None if folder is None else ExtensionSchemas(folder)

    @cached_property
    def publisher(self) -> Publisher:
        """Return the way into the catalogue; pgstac is imported only where it is wanted.

        Raises:
            NoCatalogue: pgstac is wanted, and the ledger's database has none.
        """
        if self.settings.catalog == "embedded":
            return EmbeddedPublisher()
        from catalog.pgstac.publisher import open_publisher  # noqa: PLC0415 - if wanted

        return open_publisher(self.ledger, self.templates)

    def batches(self, ids: Sequence[Id]) -> list[list[Id]]:
        """Cut ids into batches of the size that one task takes."""
        size = self.settings.batch_size
        return [list(ids[i : i + size]) for i in range(0, len(ids), size)]

    def close(self) -> None:
        """Let go of everything."""
        self.ledger.close()


@contextmanager
def opened(settings: Settings | None = None, lane: Lane = Lane.FORWARD) -> Iterator[House]:
    """Give the house while the ``with`` lasts."""
    house = House.open(settings, lane)
    try:
        yield house
    finally:
        house.close()
