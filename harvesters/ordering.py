"""Orders as the ledger knows them: placed once, then asked after until they can be fetched."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from harvesters.errors import HarvestError
from harvesters.gateway import Gateway, Waiting
from harvesters.recovery import recover
from lake.errors import LostClaim
from lake.ledger import offers, work
from lake.ledger.ledger import Ledger
from lake.ledger.offers import LedgeredOffer
from lake.ledger.schema import offer as offer_table
from lake.ledger.states import OfferState
from lake.nouns import OfferId

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Polled:
    """Which orders wait, which can be fetched, and when to ask again (None: nothing waits)."""

    waiting: tuple[OfferId, ...]
    ready: tuple[OfferId, ...]
    wait_seconds: float | None = None


def place(ledger: Ledger, gateway: Gateway, ids: Sequence[OfferId]) -> list[OfferId]:
    """Order what needs an order; what needs none is ready at once. Return those moved on.

    An offer whose last order has no answer in the ledger (we died between the two) is ordered
    again: at most one duplicate, and it is logged.
    """
    with ledger.begin() as tx:
        claimed = offers.claim(tx, [OfferState.DISCOVERED, OfferState.ORDERING], ids)
    return [known.id for known in claimed if _place_one(ledger, gateway, known)]


def poll(ledger: Ledger, gateway: Gateway, ids: Sequence[OfferId]) -> Polled:
    """Ask after placed orders, each once."""
    with ledger.begin() as tx:
        claimed = offers.claim(tx, [OfferState.ORDERED], ids)
    waits = [(known.id, _poll_one(ledger, gateway, known)) for known in claimed]
    seconds = [wait.seconds for _, wait in waits if wait is not None]
    with ledger.begin() as tx:
        work.release(tx, offer_table, [row for row, wait in waits if wait is not None])
        waiting = offers.in_state(tx, [OfferState.ORDERED], ids)
        ready = offers.in_state(tx, [OfferState.READY], ids)
    return Polled(tuple(waiting), tuple(ready), min(seconds, default=None))


def _place_one(ledger: Ledger, gateway: Gateway, known: LedgeredOffer) -> bool:
    if not known.offer.needs_order:
        return _moved(ledger, known, OfferState.DISCOVERED, OfferState.READY)
    if known.state is OfferState.ORDERING:
        log.warning("An order without an answer is placed again", offer=known.id)
    with ledger.begin() as tx:
        offers.ordering(tx, known.id)
    try:
        placed = gateway.order(known.offer.product)
    except HarvestError as error:
        recover(ledger, known, OfferState.ORDERING, error)
        return False
    log.info("An order was placed", offer=known.id, order=placed.order_id)
    return _moved(
        ledger, known, OfferState.ORDERING, OfferState.ORDERED, placed.record, placed.order_id
    )


def _poll_one(ledger: Ledger, gateway: Gateway, known: LedgeredOffer) -> Waiting | None:
    """Ask after one order; return how long it has to wait, None where it waits no more."""
    try:
        answer = gateway.poll(known.offer.product)
    except HarvestError as error:
        recover(ledger, known, OfferState.ORDERED, error)
        return None
    if isinstance(answer, Waiting):
        return answer
    _moved(ledger, known, OfferState.ORDERED, OfferState.READY, answer.record)
    return None


def _moved(
    ledger: Ledger,
    known: LedgeredOffer,
    before: OfferState,
    after: OfferState,
    record: str | None = None,
    order_id: str | None = None,
) -> bool:
    try:
        with ledger.begin() as tx:
            offers.move(tx, known.id, before, after, product=record, order_id=order_id)
    except LostClaim as lost:
        log.warning("An offer was left to its new owner", offer=known.id, why=str(lost))
        return False
    return True
