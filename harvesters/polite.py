"""A gateway that asks the quotas before each page of a search, and tells them what came of it."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from harvesters.errors import HarvestError, RateLimited
from harvesters.gateway import (
    FORWARD,
    Gateway,
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
from harvesters.quotas import Errand, Operation, Quotas
from harvesters.source import Source
from lake.nouns import Window

PATIENCE_SECONDS = 300.0


class PoliteGateway:
    """Another gateway, searched at the provider's rate. Orders and downloads ask for themselves.

    A search waits where it stands; it gives up where the provider wants to be left alone for
    longer than ``PATIENCE_SECONDS``.
    """

    def __init__(
        self, gateway: Gateway, quotas: Quotas, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._gateway = gateway
        self._quotas = quotas
        self._sleep = sleep

    def ways(self, source: Source, part: str) -> Ways:
        """Return how the provider can be searched."""
        return self._gateway.ways(source, part)

    def search(
        self, source: Source, part: str, window: Window, view: View = FORWARD
    ) -> Iterator[Page]:
        """Yield page by page; what is planned without asking the provider costs nothing."""
        pages = self._gateway.search(source, part, window, view)
        errand = Errand(source.provider, Operation.SEARCH)
        if self.ways(source, part).plans_alone:
            return self._paced_once(pages, errand)
        return self._paced(pages, errand)

    def order(self, record: str) -> Placed | Nothing:
        """Place an order."""
        return self._gateway.order(record)

    def jobs(self, record: str, since: datetime) -> tuple[str, ...] | None:
        """Return the provider's own list of our orders of a request."""
        return self._gateway.jobs(record, since)

    def adopt(self, record: str, order_id: str) -> Placed | None:
        """Take an order that stands at the provider."""
        return self._gateway.adopt(record, order_id)

    def poll(self, record: str) -> Waiting | Ready | Nothing:
        """Ask after a placed order."""
        return self._gateway.poll(record)

    def renew(self, record: str) -> None:
        """Sign in anew before the next request for ``record``."""
        self._gateway.renew(record)

    def remotes(self, record: str) -> list[Remote]:
        """Return where the bytes of a product are."""
        return self._gateway.remotes(record)

    def policy(self, provider: str) -> Policy:
        """Return what this provider's bytes and orders may do."""
        return self._gateway.policy(provider)

    def _paced_once(self, pages: Iterator[Page], errand: Errand) -> Iterator[Page]:
        """Pace the first page, for which constraints are asked; no other one asks anybody."""
        yield from islice(self._paced(pages, errand), 1)
        yield from pages

    def _paced(self, pages: Iterator[Page], errand: Errand) -> Iterator[Page]:
        while True:
            self._await_leave(errand)
            try:
                page = next(pages, None)
            except HarvestError as error:
                self._quotas.tell(errand, error)
                raise
            self._quotas.tell(errand, None)
            if page is None:
                return
            yield page

    def _await_leave(self, errand: Errand) -> None:
        waited = 0.0
        while (seconds := self._quotas.ask(errand)) > 0:
            if waited + seconds > PATIENCE_SECONDS:
                raise RateLimited(
                    f"{errand.provider}: expected leave to search in {PATIENCE_SECONDS:.0f} s, "
                    f"came a wait of {seconds:.0f} s; search again later",
                    seconds,
                )
            self._sleep(seconds)
            waited += seconds
