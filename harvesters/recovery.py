"""One table says what follows from each error, and one function does it to an offer."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random

import structlog

from harvesters import errors
from harvesters.errors import HarvestError, NotNow
from lake.errors import LostClaim
from lake.ledger import offers, work
from lake.ledger.ledger import Ledger, Transaction
from lake.ledger.offers import LedgeredOffer
from lake.ledger.schema import offer as offer_table
from lake.ledger.states import OfferState

log = structlog.get_logger(__name__)


class Recovery(StrEnum):
    """What to do about an error."""

    RETRY = "retry"  # wait, try again, and end as failed after the last try
    SLOW_DOWN = "slow down"  # as retry, with more patience
    REORDER = "re-order"  # what was ordered is gone: order afresh, a few times; else as retry
    INVALID = "invalid"  # final: never tried again
    GIVE_UP = "give up"  # failed at once; `revive` tries again after somebody has acted


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before the next try, and how many tries there are."""

    first_seconds: float
    longest_seconds: float
    most_attempts: int

    def wait(self, attempts: int, at_least_seconds: float, chance: Random) -> timedelta:
        """Return the wait after ``attempts`` failures: doubled with each, and full jitter.

        What the provider asked for comes first, and the jitter on top of it, so that those who
        were sent away together do not come back together.
        """
        doubled = self.first_seconds * 2.0 ** min(attempts, _MOST_DOUBLINGS)
        jitter = chance.uniform(0.0, min(doubled, self.longest_seconds))
        return timedelta(seconds=at_least_seconds + jitter)


_MOST_DOUBLINGS = 30
MOST_ORDERS = 3  # of one offer, before somebody has to look why the results vanish
PATIENCE = {
    Recovery.RETRY: Patience(2.0, 120.0, 4),
    Recovery.SLOW_DOWN: Patience(2.0, 300.0, 6),
    Recovery.REORDER: Patience(2.0, 120.0, 4),
}
RECOVERIES: dict[type[HarvestError], Recovery] = {
    errors.HarvestError: Recovery.RETRY,
    errors.NotNow: Recovery.RETRY,
    errors.ProviderUnreachable: Recovery.RETRY,
    errors.ProviderRefused: Recovery.RETRY,
    errors.RateLimited: Recovery.SLOW_DOWN,
    errors.CircuitOpen: Recovery.RETRY,
    errors.OrderUnanswered: Recovery.RETRY,
    errors.Vanished: Recovery.REORDER,
    errors.BrokenPaging: Recovery.RETRY,
    errors.TornTransfer: Recovery.RETRY,
    errors.WrongChecksum: Recovery.RETRY,
    errors.ConflictingPromises: Recovery.RETRY,
    errors.DoubtfulBytes: Recovery.RETRY,
    errors.PageInstead: Recovery.RETRY,
    errors.EncodedBody: Recovery.RETRY,
    errors.NoRoom: Recovery.RETRY,
    errors.SlowTransfer: Recovery.RETRY,
    errors.ActFirst: Recovery.GIVE_UP,
    errors.Misconfigured: Recovery.GIVE_UP,
    errors.MissingVariable: Recovery.GIVE_UP,
    errors.QuotaSpent: Recovery.GIVE_UP,
    errors.RequestRefused: Recovery.GIVE_UP,
    errors.NotHonoured: Recovery.GIVE_UP,
    errors.OrderLost: Recovery.GIVE_UP,
    errors.OrderFailed: Recovery.GIVE_UP,
    errors.OrderOverdue: Recovery.GIVE_UP,
    errors.ForbiddenTarget: Recovery.GIVE_UP,
    errors.TooLarge: Recovery.GIVE_UP,
    errors.BadBytes: Recovery.INVALID,
    errors.BadNotice: Recovery.INVALID,
    errors.NotAProduct: Recovery.INVALID,
    errors.UnsafeArchive: Recovery.INVALID,
}

# A failed order is never polled again: reviving it means ordering afresh.
_REVIVED_AS: dict[type[HarvestError], OfferState] = {
    errors.OrderFailed: OfferState.DISCOVERED,
    errors.OrderOverdue: OfferState.DISCOVERED,
}


def recover(
    ledger: Ledger,
    known: LedgeredOffer,
    state: OfferState,
    error: HarvestError,
    back: OfferState | None = None,
) -> None:
    """Do to a claimed offer in ``state`` what the table says; a claim that was lost is left.

    ``back`` is the state from which it is tried again; default: the one it is in.
    """
    recovery = RECOVERIES[type(error)]
    reason = f"{type(error).__name__}: {error}"
    try:
        _settle(ledger, known, state, error, back or state)
    except LostClaim as lost:
        log.warning("A failure was left to the offer's new owner", offer=known.id, why=str(lost))
    log.warning("An offer did not come through", offer=known.id, recovery=recovery, reason=reason)


def _settle(
    ledger: Ledger, known: LedgeredOffer, state: OfferState, error: HarvestError, back: OfferState
) -> None:
    recovery = RECOVERIES[type(error)]
    reason = f"{type(error).__name__}: {error}"
    with ledger.begin() as tx:
        if recovery is Recovery.INVALID:
            offers.move(tx, known.id, state, OfferState.INVALID, reason=reason)
        elif recovery is Recovery.GIVE_UP:
            _give_up(tx, known, state, _REVIVED_AS.get(type(error), back), reason)
        elif recovery is Recovery.REORDER and known.offer.needs_order:
            _reorder(tx, known, state, reason)
        else:
            patience = PATIENCE[recovery]
            wait = patience.wait(known.attempts, _asked_seconds(error), _chance(known))
            offers.fail(tx, known.id, state, reason, wait, patience.most_attempts, back)


def _reorder(tx: Transaction, known: LedgeredOffer, state: OfferState, reason: str) -> None:
    if known.orders >= MOST_ORDERS:
        _give_up(
            tx, known, state, OfferState.DISCOVERED, f"{reason}; ordered {known.orders} times"
        )
        return
    offers.move(tx, known.id, state, OfferState.DISCOVERED, reason=reason)


def _give_up(
    tx: Transaction, known: LedgeredOffer, state: OfferState, back: OfferState, reason: str
) -> None:
    failed = OfferState.FAILED
    work.move(tx, offer_table, known.id, state, failed, reason=reason, failed_from=back)


def _asked_seconds(error: HarvestError) -> float:
    """Return how long the provider asked us to wait."""
    return (error.retry_after_seconds or 0.0) if isinstance(error, NotNow) else 0.0


def _chance(known: LedgeredOffer) -> Random:
    """Return the chance of this offer's next wait: the same in every process and every run."""
    return Random(f"{known.offer.provider}/{known.id}/{known.attempts}")  # noqa: S311 - no secret
