"""The ``Gateway`` whose providers are EODAG's."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

from eodag import EOProduct

from harvesters import blocks, errors, features
from harvesters.blocks import Block
from harvesters.eodag.failures import is_failed_order, translated
from harvesters.eodag.plugins import Plugins, Question
from harvesters.errors import HarvestError
from harvesters.gateway import Page, Placed, Policy, Ready, Remote, Waiting
from harvesters.pieces import pieces
from harvesters.provider import Provider
from harvesters.records import Record
from harvesters.source import Source
from lake.clock import Clock, wall_clock
from lake.nouns import Window

_ANY_COLLECTION = "GENERIC_COLLECTION"
# OData compares strictly, STAC does not: the question is a little wider than the window.
_WIDER = timedelta(milliseconds=1)


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
    ) -> None:
        self._clock = clock
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

    def search(self, source: Source, part: str, window: Window) -> Iterator[Page]:
        """Yield what the provider has for one part of a source, page by page."""
        provider = self._provider(source.provider)
        collection = source.collection_of(part)
        self._require_collection(provider.id, collection)
        with translated(provider.id):
            takes_orders = self._plugins.takes_orders(provider.id, collection)
        if takes_orders:
            return self._plan(source, part, window)
        return self._list(provider, source, part, window)

    def order(self, record: str) -> Placed:
        """Place the order that ``record`` describes, once for each call."""
        known = Record.from_text(record)
        product = self._restored(known.provider, known.feature)
        try:
            with translated(known.provider):
                self._plugins.order(product)
        except HarvestError:
            # EODAG asks after an order in the same breath; that may fail while the order stands.
            if "eodag:order_id" not in product.properties:
                raise
        order_id = product.properties.get("eodag:order_id")
        if not order_id:
            raise errors.RequestRefused(
                f"{known.provider}: expected the id of an order, came an answer without one; "
                "compare the block's `order_on_response` with what the provider answers"
            )
        placed = known.with_order(product.as_dict(skip_invalid=False), self._clock())
        return Placed(str(order_id), placed.to_text())

    def poll(self, record: str) -> Waiting | Ready:
        """Ask after a placed order."""
        known = Record.from_text(record)
        provider = self._provider(known.provider)
        product = self._restored(known.provider, known.placed or known.feature)
        if product.properties.get("order:status") != features.AT_HAND:
            self._ask_after(product)
        if product.properties.get("order:status") == features.AT_HAND:
            return Ready(known.with_order(product.as_dict(skip_invalid=False)).to_text())
        deadline = timedelta(seconds=provider.order_deadline_seconds)
        if known.placed_at is not None and self._clock() > known.placed_at + deadline:
            raise errors.OrderOverdue(
                f"{provider.id}: expected order {product.properties.get('eodag:order_id')} within "
                f"{deadline}, it is still at work; order again or raise `order_deadline_seconds`"
            )
        return Waiting(provider.order_poll_seconds)

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
        )

    def _provider(self, name: str) -> Provider:
        if name in self._broken:
            raise self._broken[name]
        if name not in self._providers:
            known = ", ".join(sorted(self._providers)) or "none"
            raise errors.Misconfigured(f"expected a provider of {known}, came {name!r}")
        return self._providers[name]

    def _require_collection(self, provider: str, collection: str) -> None:
        products = self._blocks[provider].get("products", {})
        if collection not in products and _ANY_COLLECTION not in products:
            raise errors.Misconfigured(
                f"{provider}: expected a collection of {', '.join(sorted(products))}, came "
                f"{collection!r}; add it to `eodag: products:` in the provider's file"
            )

    def _plan(self, source: Source, part: str, window: Window) -> Iterator[Page]:
        """Yield one page for each bounded order; the provider is not asked at all."""
        if source.split is None:
            raise errors.Misconfigured(
                f"{source.provider} takes orders: expected `split: day` or `split: month` for "
                f"{source.collection}, came neither"
            )
        for piece in pieces(window, source.split, source.query_of(part)):
            question = Question(
                source.collection_of(part),
                piece.query,
                piece.window.start.isoformat(),
                piece.last.isoformat(),
                limit=1,
            )
            with translated(source.provider):
                answer = self._plugins.ask(source.provider, question)
            products = (features.ordered(source, part, f, piece.window) for f in answer.features)
            yield Page(tuple(products), stated=None)

    def _list(
        self, provider: Provider, source: Source, part: str, window: Window
    ) -> Iterator[Page]:
        """Yield pages until the provider has no more, however short one of them is."""
        question = Question(
            source.collection_of(part),
            source.query_of(part),
            (window.start - _WIDER).isoformat(),
            window.end.isoformat(),
            limit=provider.page_size,
        )
        seen: set[str] = set()
        while True:
            with translated(provider.id):
                answer = self._plugins.ask(provider.id, question)
            yield features.page_of(source, provider, answer.features, answer.stated)
            if answer.token is None or not answer.features:
                return
            if answer.token in seen:
                raise errors.BrokenPaging(
                    f"{provider.id}: expected a new page, came the one of token {answer.token} "
                    "again; what was found until here is kept"
                )
            seen.add(answer.token)
            question = replace(question, token=answer.token, token_key=answer.token_key)

    def _restored(self, provider: str, feature: dict[str, Any]) -> EOProduct:
        self._provider(provider)
        with translated(provider):
            return self._plugins.restore(feature)

    def _ask_after(self, product: EOProduct) -> None:
        try:
            with translated(product.provider):
                self._plugins.order(product)
        except HarvestError as error:
            if is_failed_order(error):
                raise errors.OrderFailed(
                    f"{error}; order again when the reason is gone"
                ) from error
            raise

    def _remote(self, product: EOProduct, key: str, asset: Mapping[str, Any]) -> Remote:
        url = str(asset.get("href", ""))
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
