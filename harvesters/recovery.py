"""One table says what follows from each error, and one function does it to an offer."""

from enum import StrEnum

import structlog

from harvesters import errors
from harvesters.errors import HarvestError
from lake.errors import LostClaim
from lake.ledger import offers, work
from lake.ledger.ledger import Ledger
from lake.ledger.offers import LedgeredOffer
from lake.ledger.schema import offer as offer_table
from lake.ledger.states import OfferState

log = structlog.get_logger(__name__)


class Recovery(StrEnum):
    """What to do about an error."""

    RETRY = "retry"  # wait, try again, and end as failed after the last try
    INVALID = "invalid"  # final: never tried again
    GIVE_UP = "give up"  # failed at once; `revive` tries again after somebody has acted


RECOVERIES: dict[type[HarvestError], Recovery] = {
    errors.HarvestError: Recovery.RETRY,
    errors.NotNow: Recovery.RETRY,
    errors.ProviderUnreachable: Recovery.RETRY,
    errors.ProviderRefused: Recovery.RETRY,
    errors.RateLimited: Recovery.RETRY,
    errors.Vanished: Recovery.RETRY,
    errors.BrokenPaging: Recovery.RETRY,
    errors.TornTransfer: Recovery.RETRY,
    errors.WrongChecksum: Recovery.RETRY,
    errors.SlowTransfer: Recovery.RETRY,
    errors.ActFirst: Recovery.GIVE_UP,
    errors.Misconfigured: Recovery.GIVE_UP,
    errors.MissingVariable: Recovery.GIVE_UP,
    errors.RequestRefused: Recovery.GIVE_UP,
    errors.OrderFailed: Recovery.GIVE_UP,
    errors.OrderOverdue: Recovery.GIVE_UP,
    errors.ForbiddenTarget: Recovery.GIVE_UP,
    errors.TooLarge: Recovery.GIVE_UP,
    errors.BadBytes: Recovery.INVALID,
    errors.NotAProduct: Recovery.INVALID,
    errors.UnsafeArchive: Recovery.INVALID,
}

# A failed order is never polled again: reviving it means ordering afresh.
_REVIVED_AS: dict[type[HarvestError], OfferState] = {
    errors.OrderFailed: OfferState.DISCOVERED,
    errors.OrderOverdue: OfferState.DISCOVERED,
}


def recover(ledger: Ledger, known: LedgeredOffer, state: OfferState, error: HarvestError) -> None:
    """Do to a claimed offer in ``state`` what the table says; a claim that was lost is left."""
    recovery = RECOVERIES[type(error)]
    reason = f"{type(error).__name__}: {error}"
    try:
        _settle(ledger, known, state, error, reason)
    except LostClaim as lost:
        log.warning("A failure was left to the offer's new owner", offer=known.id, why=str(lost))
    log.warning("An offer did not come through", offer=known.id, recovery=recovery, reason=reason)


def _settle(
    ledger: Ledger, known: LedgeredOffer, state: OfferState, error: HarvestError, reason: str
) -> None:
    recovery = RECOVERIES[type(error)]
    with ledger.begin() as tx:
        if recovery is Recovery.RETRY:
            offers.fail(tx, known.id, state, reason)
        elif recovery is Recovery.INVALID:
            offers.move(tx, known.id, state, OfferState.INVALID, reason=reason)
        else:
            back = _REVIVED_AS.get(type(error), state)
            work.move(
                tx,
                offer_table,
                known.id,
                state,
                OfferState.FAILED,
                reason=reason,
                failed_from=back,
            )
