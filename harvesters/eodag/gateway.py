"""The ``Gateway`` whose providers are EODAG's."""

import os
import random
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

from eodag import EOProduct

from harvesters import blocks, errors, features
from harvesters.assets import address_of
from harvesters.blocks import Block
from harvesters.eodag.failures import translated
from harvesters.eodag.orders import Orders
from harvesters.eodag.plugins import Plugins
from harvesters.eodag.searches import Pause, Searches
from harvesters.errors import HarvestError
from harvesters.gateway import (
    FORWARD,
    Nothing,
    Page,
    Placed,
    Policy,
    Ready,
    Remote,
    View,
    Waiting,
    Ways,
)
from harvesters.provider import Provider
from harvesters.records import Record
from harvesters.source import Source
from lake.clock import Clock, wall_clock
from lake.nouns import Window


def open_gateway(
    providers: Mapping[str, Provider], environment: Mapping[str, str] | None = None
) -> "EodagGateway":
    """Return this process's gateway for a set of providers: it is built once, since it weighs
    135 MB, and anew where a variable that the providers name has changed.
    """
    described = tuple(sorted(p.model_dump_json() for p in providers.values()))
    known = os.environ if environment is None else environment
    named = {n: v for n, v in known.items() if any(n in text for text in described)}
    return _opened(described, tuple(sorted(named.items())))


@lru_cache(maxsize=2)
def _opened(
    described: tuple[str, ...], environment: tuple[tuple[str, str], ...]
) -> "EodagGateway":
    providers = [Provider.model_validate_json(text) for text in described]
    return EodagGateway({p.id: p for p in providers}, dict(environment))


class EodagGateway:
    """Speaks with providers through EODAG. Building it opens no connection.

    A provider whose settings do not resolve harms no other: its error is raised when it is asked.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        environment: Mapping[str, str],
        clock: Clock = wall_clock,
        pause: Pause = time.sleep,
    ) -> None:
        self._clock = clock
        self._pause = pause
        self._dice = random.Random()  # noqa: S311 - it only spreads retries
        self._providers: dict[str, Provider] = {}
        self._blocks: dict[str, Block] = {}
        self._broken: dict[str, HarvestError] = {}
        for provider in providers.values():
            try:
                self._blocks[provider.id] = blocks.of_provider(provider, environment)
                self._providers[provider.id] = provider.resolve(environment)
            except HarvestError as error:
                self._broken[provider.id] = error
        self._plugins = Plugins(self._blocks)

    def ways(self, source: Source, part: str) -> Ways:
        """Return how the provider can be searched for one part of a source."""
        return self._searches(source.provider).ways(source, part)

    def search(
        self, source: Source, part: str, window: Window, view: View = FORWARD
    ) -> Iterator[Page]:
        """Yield what the provider has for one part of a source, page by page."""
        return self._searches(source.provider).search(source, part, window, view)

    def order(self, record: str) -> Placed | Nothing:
        """Place the order that ``record`` describes, once for each call."""
        known = Record.from_text(record)
        with self._minding_tokens(record):
            return self._orders(known.provider).place(known)

    def jobs(self, record: str, since: datetime) -> tuple[str, ...] | None:
        """Return the ids of our orders of this request; None where the provider lists none."""
        known = Record.from_text(record)
        with self._minding_tokens(record):
            return self._orders(known.provider).jobs(known, since)

    def adopt(self, record: str, order_id: str) -> Placed | None:
        """Take an order that stands at the provider for that of ``record``."""
        known = Record.from_text(record)
        with self._minding_tokens(record):
            return self._orders(known.provider).adopt(known, order_id)

    def poll(self, record: str) -> Waiting | Ready | Nothing:
        """Ask after a placed order."""
        known = Record.from_text(record)
        with self._minding_tokens(record):
            return self._orders(known.provider).poll(known)

    def renew(self, record: str) -> None:
        """Sign in anew before the next request for ``record``: the token is not accepted."""
        known = Record.from_text(record)
        product = self._restored(known.provider, known.placed or known.feature)
        self._plugins.forget_token_of(product)

    def remotes(self, record: str) -> list[Remote]:
        """Return where the bytes of a product at hand are, with what is needed to fetch them."""
        known = Record.from_text(record)
        feature = known.placed or known.feature
        chosen = features.chosen_assets(feature, known)
        product = self._restored(known.provider, feature)
        with translated(known.provider):
            return [self._remote(product, key, asset) for key, asset in chosen.items()]

    def policy(self, provider: str) -> Policy:
        """Return what this provider's bytes may do."""
        settings = self._provider(provider)
        declared = settings.hosts
        block_hosts = blocks.hosts(self._blocks[provider])
        return Policy(
            hosts=block_hosts if declared is None else blocks.allowed_hosts(declared),
            allow_private=settings.allow_private,
            parallel=settings.parallel_downloads,
            max_bytes=settings.max_bytes,
            connect_seconds=settings.deadlines.connect_seconds,
            first_byte_seconds=settings.deadlines.first_byte_seconds,
            stall_seconds=settings.deadlines.stall_seconds,
            total_seconds=settings.deadlines.total_seconds,
            min_bytes_per_second=settings.deadlines.min_bytes_per_second,
            order_settle_seconds=settings.order_settle_seconds,
            order_deadline_seconds=settings.order_deadline_seconds,
        )

    @contextmanager
    def _minding_tokens(self, record: str) -> Iterator[None]:
        try:
            yield
        except errors.ProviderRefused:
            self.renew(record)
            raise

    def _orders(self, name: str) -> Orders:
        return Orders(self._provider(name), self._blocks[name], self._plugins, self._clock)

    def _searches(self, name: str) -> Searches:
        settings = self._provider(name)
        return Searches(settings, self._blocks[name], self._plugins, self._pause, self._dice)

    def _provider(self, name: str) -> Provider:
        if name in self._broken:
            raise self._broken[name]
        if name not in self._providers:
            known = ", ".join(sorted(self._providers)) or "none"
            raise errors.Misconfigured(f"expected a provider of {known}, came {name!r}")
        return self._providers[name]

    def _restored(self, provider: str, feature: dict[str, Any]) -> EOProduct:
        self._provider(provider)
        with translated(provider):
            return self._plugins.restore(feature)

    def _remote(self, product: EOProduct, key: str, asset: Mapping[str, Any]) -> Remote:
        url = address_of(asset)
        signed = url
        headers: dict[str, str] = {}
        if self._may_see_credentials(product.provider, url):
            request = self._plugins.signed(product, url)
            signed, headers = str(request.url), dict(request.headers)
        return Remote(
            url=signed,
            name=key,
            headers=headers,
            size=features.size_of(asset),
            checksum=asset.get("file:checksum"),
            media_type=asset.get("type"),
        )

    def _may_see_credentials(self, provider: str, url: str) -> bool:
        """Return True where its auth says that it matches, or else for the service's own hosts."""
        matching = blocks.auth_matching_url(self._blocks[provider])
        if matching is not None:
            return re.match(matching, url) is not None
        return blocks.host_and_port(url) in blocks.service_hosts(self._blocks[provider])
