"""One provider's searches, spoken through EODAG: planned orders, pages of a catalogue, files."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from harvesters import blocks, errors, features
from harvesters.blocks import Block
from harvesters.constraints import Entry, Holding
from harvesters.eodag.asking import Answer, Question
from harvesters.eodag.catalogue import Batch, crawl
from harvesters.eodag.failures import translated
from harvesters.eodag.hops import connecting
from harvesters.eodag.pages import pages
from harvesters.eodag.plugins import Plugins
from harvesters.gateway import By, Page, View, Ways
from harvesters.links import Link
from harvesters.pieces import Piece, pieces
from harvesters.provider import Provider
from harvesters.queries import Query
from harvesters.source import Source
from lake.nouns import Window

_ANY_COLLECTION = "GENERIC_COLLECTION"
# OData compares strictly, STAC does not: the question is a little wider than the window.
_WIDER = timedelta(milliseconds=1)
_TRIES = 4
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 60.0
_NO_SORT = "start_datetime"

Pause = Callable[[float], None]
T = TypeVar("T")

log = structlog.get_logger(__name__)


class Searches:
    """Asks one provider what it has. A page that fails is asked for again, a few times."""

    def __init__(
        self, provider: Provider, block: Block, plugins: Plugins, pause: Pause, dice: random.Random
    ) -> None:
        self._provider = provider
        self._block = block
        self._plugins = plugins
        self._pause = pause
        self._dice = dice

    def ways(self, source: Source, part: str) -> Ways:
        """Return how the provider can be searched; see ``Gateway.ways``."""
        collection = self._collection(source, part)
        with translated(self._provider.id):
            takes_orders = self._plugins.takes_orders(self._provider.id, collection)
            is_static = self._plugins.is_static(self._provider.id, collection)
            sorts = self._plugins.sorts_by(self._provider.id, collection)
            stamps = self._stamps(collection)
        is_listed = not (takes_orders or source.split is not None or is_static)
        return Ways(
            takes_orders=takes_orders or source.split is not None,
            plans_alone=takes_orders,
            is_whole=is_static,
            can_sort=self._provider.sorts and self._sort_key(By.SENSING) in sorts,
            by_publication=stamps and is_listed,
            page_size=self._provider.page_size,
            floor=timedelta(seconds=self._provider.floor_seconds),
            overlap=self._provider.overlap,
            lateness=self._provider.lateness,
            rescan=self._provider.rescan,
        )

    def search(self, source: Source, part: str, window: Window, view: View) -> Iterator[Page]:
        """Yield what the provider has; see ``Gateway.search``."""
        collection = self._collection(source, part)
        with translated(self._provider.id):
            if source.split is not None or self._plugins.takes_orders(
                self._provider.id, collection
            ):
                return self._plan(source, part, window)
            if self._plugins.is_static(self._provider.id, collection):
                return self._crawl(source, collection)
        return self._list(source, part, window, view)

    def _collection(self, source: Source, part: str) -> str:
        collection = source.collection_of(part)
        products = self._block.get("products", {})
        if collection not in products and _ANY_COLLECTION not in products:
            raise errors.Misconfigured(
                f"{self._provider.id}: expected a collection of {', '.join(sorted(products))}, "
                f"came {collection!r}; add it to `eodag: products:` in the provider's file"
            )
        return collection

    def _plan(self, source: Source, part: str, window: Window) -> Iterator[Page]:
        """Yield one page for each bounded order; most such providers are asked for nothing but
        their constraints.
        """
        if source.split is None:
            raise errors.Misconfigured(
                f"{source.provider} takes orders: expected `split: day` or `split: month` for "
                f"{source.collection}, came neither"
            )
        holding = Holding.of(self._constraints(source, part), source.absent)
        for piece in pieces(window, source.split, source.query_of(part)):
            answer = self._ask(_piece_question(source.collection_of(part), piece))
            products = (features.ordered(source, part, f, piece, holding) for f in answer.features)
            yield Page(tuple(products), stated=None)

    def _constraints(self, source: Source, part: str) -> tuple[Entry, ...] | None:
        """Return which choices of an order go together; None where the provider does not say."""
        if not source.counts_fields:
            return None
        collection = source.collection_of(part)
        with translated(self._provider.id):
            url = self._plugins.constraints_url(
                self._provider.id, collection, source.query_of(part)
            )
        if url is None:
            return None

        def once() -> object:
            with translated(self._provider.id):
                return self._plugins.document(
                    self._provider.id, collection, url, self._require_reachable
                )

        try:
            document = self._insist(once, collection)
        except errors.Vanished as gone:
            log.warning("A provider has no constraints", provider=self._provider.id, why=str(gone))
            return None
        entries = document if isinstance(document, list) else []
        return tuple(entry for entry in entries if isinstance(entry, dict)) or None

    def _list(self, source: Source, part: str, window: Window, view: View) -> Iterator[Page]:
        for answer in pages(self._ask, self._question(source, part, window, view)):
            yield self._page(source, answer)

    def _crawl(self, source: Source, collection: str) -> Iterator[Page]:
        parts = crawl(
            self._plugins, self._provider, collection, self._insist, self._require_reachable
        )
        for batch in parts:
            page = self._page(source, batch)
            yield replace(page, doubts=batch.doubts)

    def _page(self, source: Source, came: Answer | Batch) -> Page:
        page = features.page_of(source, self._provider, came.features, came.stated)
        return Page(page.products, page.stated, (*page.unreadable, *came.unreadable))

    def _question(self, source: Source, part: str, window: Window, view: View) -> Question:
        collection, query = source.collection_of(part), dict(source.query_of(part))
        start, end = (window.start - _WIDER).isoformat(), window.end.isoformat()
        narrowed: Query = {}
        if view.by is By.PUBLISHED:
            query, narrowed = self._by_publication(collection, query, window)
        key = self._sort_key(view.by)
        can_sort = key in self._plugins.sorts_by(self._provider.id, collection)
        is_sorted = view.is_sorted and self._provider.sorts and can_sort
        return Question(
            collection,
            query,
            None if view.by is By.PUBLISHED else start,
            None if view.by is By.PUBLISHED else end,
            limit=view.page_size or self._provider.page_size,
            narrowed=narrowed,
            sort=(key, "DESC" if view.backwards else "ASC") if is_sorted else None,
        )

    def _sort_key(self, by: By) -> str:
        return (self._provider.stamp or _NO_SORT) if by is By.PUBLISHED else _NO_SORT

    def _stamps(self, collection: str) -> bool:
        stamp = self._provider.stamp
        if stamp is None or not self._provider.stamp_filter:
            return False
        known = self._plugins.queryables(self._provider.id, collection)
        is_stac = self._plugins.speaks_stac(self._provider.id, collection)
        return f"{stamp}_after" in known or is_stac

    def _by_publication(
        self, collection: str, query: Query, window: Window
    ) -> tuple[Query, Query]:
        """Return a query, and what is laid into a STAC search's, for a window of publication."""
        stamp = self._provider.stamp or ""
        known = self._plugins.queryables(self._provider.id, collection)
        if f"{stamp}_after" not in known:
            return query, {stamp: {"gte": _utc(window.start), "lt": _utc(window.end)}}
        asked: Query = {f"{stamp}_after": _utc(window.start - _WIDER)}
        if f"{stamp}_before" in known:
            asked[f"{stamp}_before"] = _utc(window.end)
        return {**query, **asked}, {}

    def _ask(self, question: Question) -> Answer:
        if question.link is not None:
            self._require_home(question.link)

        def once() -> Answer:
            with translated(self._provider.id):
                return self._plugins.ask(self._provider.id, question, self._require_asked)

        return self._insist(once, question.collection)

    def _insist(self, once: Callable[[], T], collection: str) -> T:
        """Return what ``once`` returns, tried again where it did not work this time."""
        for turn in range(_TRIES):
            try:
                with connecting(self._provider.allow_private):
                    return once()
            except errors.NotNow as error:
                if isinstance(error, errors.CircuitOpen) or turn == _TRIES - 1:
                    raise
                seconds = self._seconds_until_again(error, turn)
                if seconds > _LONGEST_PAUSE_SECONDS:
                    raise
                if isinstance(error, errors.ProviderRefused):
                    self._plugins.forget_token(self._provider.id, collection)
            self._pause(seconds)
        raise errors.ProviderUnreachable(f"{self._provider.id}: was not asked")

    def _seconds_until_again(self, error: errors.NotNow, turn: int) -> float:
        told = error.retry_after_seconds
        grown = _FIRST_PAUSE_SECONDS * 2**turn * self._dice.uniform(0.5, 1.5)
        return grown if told is None else told

    def _require_home(self, link: Link) -> None:
        """Refuse a next link that leads off the provider's hosts: credentials go along with it."""
        host = blocks.host_and_port(link.url)
        if host not in blocks.hosts(self._block):
            raise errors.ForbiddenTarget(
                f"{self._provider.id}: expected the next page on {', '.join(self._hosts)}, came a "
                f"link to {host or link.url}; if it is right, name that host in the block"
            )

    def _require_reachable(self, url: str) -> None:
        """Refuse what lies on hosts that are neither in the block nor declared."""
        declared = blocks.allowed_hosts(self._provider.hosts or ())
        host = blocks.host_and_port(url)
        if host not in blocks.hosts(self._block) | declared:
            known = ", ".join(sorted(declared) or self._hosts)
            raise errors.ForbiddenTarget(
                f"{self._provider.id}: expected a link to {known}, came {host or url[:200]};"
                " add that host to the provider's `hosts` if it is theirs"
            )

    def _require_asked(self, url: str) -> None:
        """Refuse what a search would ask of hosts that are no part of the service."""
        declared = blocks.allowed_hosts(self._provider.hosts or ())
        host = blocks.host_and_port(url)
        if host not in blocks.asked_hosts(self._block) | declared:
            raise errors.ForbiddenTarget(
                f"{self._provider.id}: expected a search to stay on {', '.join(self._hosts)}, it "
                f"leads to {host or url[:200]}; add that host to the provider's `hosts` if it is "
                "theirs"
            )

    @property
    def _hosts(self) -> list[str]:
        return sorted(blocks.service_hosts(self._block))


def _piece_question(collection: str, piece: Piece) -> Question:
    start, last = piece.window.start.isoformat(), piece.last.isoformat()
    return Question(collection, piece.query, start, last, limit=1)


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
