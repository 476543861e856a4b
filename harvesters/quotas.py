"""The seam to what a provider lets us do: ask before each request, tell what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from harvesters import breaker
from harvesters.errors import (
    CircuitOpen,
    HarvestError,
    NotNow,
    OrderUnanswered,
    ProviderUnreachable,
    QuotaSpent,
    RateLimited,
    SlowTransfer,
)
from harvesters.provider import Provider, QuotaPolicy
from lake.ledger import quotas, slots
from lake.ledger.ledger import Ledger, Transaction
from lake.ledger.quotas import Key, Rate, Share

_SILENCE = (OrderUnanswered, ProviderUnreachable, SlowTransfer)


class Operation(StrEnum):
    """What is asked of a provider; each has a rate of its own."""

    SEARCH = "search"
    ORDER = "order"  # placing, and asking after
    DOWNLOAD = "download"


class Lane(StrEnum):
    """Why it is asked. Lanes share a provider's rate by weight; what one leaves another takes."""

    FORWARD = "forward"  # what is new, on schedule
    BACKFILL = "backfill"  # years at a time
    ON_DEMAND = "on-demand"  # somebody waits for it


@dataclass(frozen=True, slots=True)
class Errand:
    """One request to be made. ``host`` is ``name:port`` where bytes are fetched.

    Where it is empty the provider's own service is meant, which has one circuit.
    """

    provider: str
    operation: Operation
    host: str = ""


class Quotas(Protocol):
    """Lets requests pass at the provider's rate, for one lane, across all processes.

    Before a request: ``seconds = ask(errand)``; 0.0 means go, more means ask again after so many
    seconds. After a request that was let go: ``tell`` what came of it, always.
    """

    def ask(self, errand: Errand) -> float:
        """Take leave for one request; return 0.0 (go) or the seconds after which to ask again.

        Raises:
            CircuitOpen: the host is not answering; the message says since when.
            QuotaSpent: the month's bytes are used up.
        """
        ...

    def tell(self, errand: Errand, error: HarvestError | None, size_bytes: int = 0) -> None:
        """Note what came of a request: None where it was answered, and how many bytes came.

        ``RateLimited``, and whatever says when to come back, blocks the provider's operation for
        that long, for all processes; ``ProviderUnreachable`` and ``SlowTransfer`` count towards
        opening the host's circuit.
        """
        ...

    def most_open_orders(self, provider: str) -> int | None:
        """Return how many orders may be at work at a provider at once; None: any number."""
        ...

    def share(self, provider: str, batch: str, most: int, keeps: int, wanted: int) -> int:
        """Return how many files a batch may carry at once, of ``most`` for the whole account.

        ``keeps`` is how many it may carry by now, ``wanted`` how many it carries or would. It is
        asked again and again, for others come and go; 0 and 0 give everything back.
        """
        ...


class Unlimited:
    """Lets everything pass: for tests, and for what asks no provider."""

    def ask(self, errand: Errand) -> float:
        """Let it go."""
        return 0.0

    def tell(self, errand: Errand, error: HarvestError | None, size_bytes: int = 0) -> None:
        """Take no note."""

    def most_open_orders(self, provider: str) -> int | None:
        """Limit nothing."""
        return None

    def share(self, provider: str, batch: str, most: int, keeps: int, wanted: int) -> int:
        """Give all: nobody else is known."""
        return most


WEIGHTS = {Lane.FORWARD: 4.0, Lane.ON_DEMAND: 2.0, Lane.BACKFILL: 1.0}
_UNSAID_SECONDS = 10.0  # how long a provider is left alone that said "too many" and not how long


class LedgeredQuotas:
    """Quotas kept in the ledger: all processes that share it share them, in their lanes."""

    def __init__(
        self, ledger: Ledger, providers: Mapping[str, Provider], lane: Lane = Lane.FORWARD
    ) -> None:
        self._ledger = ledger
        self._providers = providers
        self._lane = lane

    def ask(self, errand: Errand) -> float:
        """Take leave for one request; return 0.0 (go) or the seconds after which to ask again."""
        policy, key = self._policy(errand.provider), self._key(errand)
        with self._ledger.begin() as tx:
            if errand.operation is Operation.DOWNLOAD:
                _require_bytes_left(tx, key, policy)
            rate = _rate(policy, errand.operation)
            if rate is None:
                wait = quotas.blocked_seconds(tx, key)
            else:
                wait = quotas.take(tx, key, rate, Share(self._lane, WEIGHTS[self._lane]))
            if wait <= 0:
                breaker.admit(tx, circuit_of(errand))
            return wait

    def tell(self, errand: Errand, error: HarvestError | None, size_bytes: int = 0) -> None:
        """Note what came of a request."""
        host = circuit_of(errand)
        with self._ledger.begin() as tx:  # the bucket before the circuit, as in ``ask``
            if isinstance(error, NotNow) and not isinstance(error, CircuitOpen):
                self._slow_down(tx, errand, error)
            if isinstance(error, _SILENCE):
                breaker.silent(tx, host, str(error))
            else:
                breaker.answered(tx, host)
            if size_bytes and self._policy(errand.provider).bytes_per_month is not None:
                quotas.carried(tx, self._key(errand), size_bytes)

    def most_open_orders(self, provider: str) -> int | None:
        """Return how many orders may be at work at a provider at once; None: any number."""
        return self._policy(provider).open_orders

    def share(self, provider: str, batch: str, most: int, keeps: int, wanted: int) -> int:
        """Return how many files a batch may carry at once, of ``most`` for the whole account."""
        key = self._key(Errand(provider, Operation.DOWNLOAD))
        with self._ledger.begin() as tx:
            return slots.share(tx, key, batch, most, keeps, wanted)

    def _slow_down(self, tx: Transaction, errand: Errand, error: NotNow) -> None:
        seconds = error.retry_after_seconds
        if seconds is None and isinstance(error, RateLimited):
            seconds = _UNSAID_SECONDS
        if seconds:
            quotas.block(tx, self._key(errand), seconds)

    def _policy(self, provider: str) -> QuotaPolicy:
        known = self._providers.get(provider)
        return known.quotas if known is not None else QuotaPolicy()

    def _key(self, errand: Errand) -> Key:
        known = self._providers.get(errand.provider)
        names = sorted(known.credentials.values()) if known is not None else []
        return Key(errand.provider, ",".join(names), errand.operation)


def circuit_of(errand: Errand) -> str:
    """Return what an errand's circuit is named: its host, else the provider's own service."""
    return errand.host or errand.provider


def _rate(policy: QuotaPolicy, operation: Operation) -> Rate | None:
    rates = {
        Operation.SEARCH: policy.search,
        Operation.ORDER: policy.order,
        Operation.DOWNLOAD: policy.download,
    }
    chosen = rates[operation]
    return None if chosen is None else Rate(chosen.per_second, chosen.burst)


def _require_bytes_left(tx: Transaction, key: Key, policy: QuotaPolicy) -> None:
    most = policy.bytes_per_month
    if most is None:
        return
    came = quotas.carried_this_month(tx, key)
    if came >= most:
        raise QuotaSpent(
            f"{key.provider}: expected at most {most} bytes in {tx.now:%Y-%m}, came {came}; wait "
            "for the next month or raise the provider's `quotas: bytes_per_month`"
        )
