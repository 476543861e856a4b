"""Orders as the ledger knows them: placed once, then asked after until they can be fetched.

    discovered ──▶ ordering ──▶ ordered ──▶ ready
                      │             └─▶ no data, discovered (its result expired), failed
                      └─▶ no data, discovered (the provider took no order), failed

``ordering`` is written before the request leaves. Whoever finds a row in it knows that an order
may stand at the provider: its job list is asked, and what is found there is adopted. Where a
provider has no job list one more order is placed, and the ledger records that it may be a
duplicate; a third is placed only when the first two cannot be at work any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from harvesters.errors import HarvestError, OrderLost, OrderUnanswered
from harvesters.gateway import Gateway, Nothing, Placed, Ready, Waiting
from harvesters.quotas import Errand, Operation, Quotas, Unlimited
from harvesters.recovery import recover
from lake.errors import LostClaim
from lake.ledger import offers, work
from lake.ledger.ledger import Ledger
from lake.ledger.offers import LedgeredOffer
from lake.ledger.schema import offer as offer_table
from lake.ledger.states import OfferState
from lake.nouns import OfferId

_BEFORE_ORDERED = (OfferState.DISCOVERED, OfferState.ORDERING)
ON_THE_WAY = (*_BEFORE_ORDERED, OfferState.ORDERED)
_FULL_SECONDS = 5.0  # how long to wait where all orders that may be open are
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Polled:
    """Which orders wait, which can be fetched, and when to ask again (None: nothing waits)."""

    waiting: tuple[OfferId, ...]
    ready: tuple[OfferId, ...]
    wait_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Fresh:
    """An order is to be placed; ``duplicate_reason`` says why it may be one too many."""

    duplicate_reason: str | None = None


class Counter:
    """Where orders are placed and asked after, within what the provider lets us do."""

    def __init__(self, ledger: Ledger, gateway: Gateway, quotas: Quotas) -> None:
        self._ledger = ledger
        self._gateway = gateway
        self._quotas = quotas

    def place(self, known: LedgeredOffer) -> bool:
        """Order what a claimed offer needs; return whether it moved on."""
        if not known.offer.needs_order:
            return self._moved(known, known.state, OfferState.READY)
        errand = Errand(known.offer.provider, Operation.ORDER)
        try:
            seconds = self._unsettled_seconds(known) or self._quotas.ask(errand)
        except HarvestError as error:
            return self._recovered(known, known.state, error)
        if seconds > 0:
            return self._postponed(known, seconds)
        try:
            found = self._found(known)
        except HarvestError as error:
            self._quotas.tell(errand, error)
            return self._recovered(known, known.state, error)
        if isinstance(found, Placed):
            self._quotas.tell(errand, None)
            log.info("An order was found again", offer=known.id, order=found.order_id)
            return self._stands(known, known.state, found)
        return self._ordered(known, errand, found)

    def poll(self, known: LedgeredOffer) -> None:
        """Ask after a claimed offer's order, and leave it in the state that follows."""
        errand = Errand(known.offer.provider, Operation.ORDER)
        try:
            seconds = self._quotas.ask(errand)
            if seconds > 0:
                self._postponed(known, seconds)
                return
            answer = self._told(errand, known)
        except HarvestError as error:
            self._recovered(known, OfferState.ORDERED, error)
            return
        if isinstance(answer, Waiting):
            self._postponed(known, answer.seconds)
        elif isinstance(answer, Nothing):
            self._without_data(known, OfferState.ORDERED, answer)
        else:
            self._moved(known, OfferState.ORDERED, OfferState.READY, answer.record)

    def _told(self, errand: Errand, known: LedgeredOffer) -> Waiting | Ready | Nothing:
        try:
            answer = self._gateway.poll(known.offer.product)
        except HarvestError as error:
            self._quotas.tell(errand, error)
            raise
        self._quotas.tell(errand, None)
        return answer

    def _ordered(self, known: LedgeredOffer, errand: Errand, fresh: Fresh) -> bool:
        """Place the order, with a note in the ledger before it leaves and after its answer."""
        try:
            if not self._begun(known, fresh):
                return self._postponed(known, _FULL_SECONDS)
            answer = self._gateway.order(known.offer.product)
        except LostClaim as lost:
            log.warning("An offer was left to its new owner", offer=known.id, why=str(lost))
            return False
        except HarvestError as error:
            self._quotas.tell(errand, error)
            stands = isinstance(error, OrderUnanswered)
            back = OfferState.ORDERING if stands else OfferState.DISCOVERED
            return self._recovered(known, OfferState.ORDERING, error, back)
        self._quotas.tell(errand, None)
        if isinstance(answer, Nothing):
            return self._without_data(known, OfferState.ORDERING, answer)
        log.info("An order was placed", offer=known.id, order=answer.order_id)
        return self._stands(known, OfferState.ORDERING, answer)

    def _unsettled_seconds(self, known: LedgeredOffer) -> float:
        """Return how long the provider's job list may still lack an order that got no answer."""
        if known.state is not OfferState.ORDERING or known.ordering_at is None:
            return 0.0
        seconds = self._gateway.policy(known.offer.provider).order_settle_seconds
        settled_at = known.ordering_at + timedelta(seconds=seconds)
        return max(0.0, (settled_at - self._ledger.clock()).total_seconds())

    def _found(self, known: LedgeredOffer) -> Placed | Fresh:
        """Return the order that stands for this request already, or that one is to be placed."""
        if known.state is not OfferState.ORDERING:
            with self._ledger.begin() as tx:
                order_id = offers.order_of_same_request(tx, known)
            adopted = self._gateway.adopt(known.offer.product, order_id) if order_id else None
            return adopted or Fresh()
        since = known.ordering_at or self._ledger.clock()
        listed = self._gateway.jobs(known.offer.product, since)
        if listed is None:
            return self._fresh_though_unanswered(known, since)
        standing = [job for job in listed if job != known.order_id]
        adopted = self._gateway.adopt(known.offer.product, standing[0]) if standing else None
        return adopted or Fresh()

    def _fresh_though_unanswered(self, known: LedgeredOffer, since: datetime) -> Fresh:
        """Let one more order be placed where it makes at most one duplicate still at work."""
        provider = known.offer.provider
        deadline = timedelta(seconds=self._gateway.policy(provider).order_deadline_seconds)
        if known.duplicates and self._ledger.clock() < since + deadline:
            raise OrderLost(
                f"{provider}: expected an answer to one of two orders, came none, and it lists "
                f"no jobs; another may be placed from {since + deadline:%Y-%m-%dT%H:%M:%SZ} on"
            )
        return Fresh(
            f"the order of {since:%Y-%m-%dT%H:%M:%SZ} got no answer and {provider} lists no jobs"
        )

    def _begun(self, known: LedgeredOffer, fresh: Fresh) -> bool:
        """Write down that an order leaves now; False where as many are open as may be."""
        most = self._quotas.most_open_orders(known.offer.provider)
        is_counted = known.state is OfferState.ORDERING
        with self._ledger.begin() as tx:
            open_now = offers.open_orders(tx, known.offer.provider) - is_counted
            if most is not None and open_now >= most:
                return False
            offers.ordering(tx, known.id, fresh.duplicate_reason)
        if fresh.duplicate_reason is not None:
            log.warning("An order may be a duplicate", offer=known.id, why=fresh.duplicate_reason)
        return True

    def _stands(self, known: LedgeredOffer, before: OfferState, placed: Placed) -> bool:
        return self._moved(
            known, before, OfferState.ORDERED, placed.record, order_id=placed.order_id
        )

    def _without_data(self, known: LedgeredOffer, before: OfferState, answer: Nothing) -> bool:
        log.info("A provider has no data for an order", offer=known.id, reason=answer.reason)
        return self._moved(known, before, OfferState.NO_DATA, reason=answer.reason)

    def _postponed(self, known: LedgeredOffer, seconds: float) -> bool:
        with self._ledger.begin() as tx:
            work.release(tx, offer_table, [known.id], timedelta(seconds=seconds))
        return False

    def _recovered(
        self,
        known: LedgeredOffer,
        state: OfferState,
        error: HarvestError,
        back: OfferState | None = None,
    ) -> bool:
        recover(self._ledger, known, state, error, back)
        return False

    def _moved(
        self,
        known: LedgeredOffer,
        before: OfferState,
        after: OfferState,
        record: str | None = None,
        reason: str | None = None,
        order_id: str | None = None,
    ) -> bool:
        try:
            with self._ledger.begin() as tx:
                offers.move(tx, known.id, before, after, reason, record, order_id)
        except LostClaim as lost:
            log.warning("An offer was left to its new owner", offer=known.id, why=str(lost))
            return False
        return True


def place(
    ledger: Ledger, gateway: Gateway, ids: Sequence[OfferId], quotas: Quotas | None = None
) -> list[OfferId]:
    """Order what needs an order; what needs none is ready at once. Return those moved on.

    What may not be ordered yet (quota, a provider's wish, an order without an answer that may
    still show up) is due again later; see ``poll`` for when.
    """
    counter = Counter(ledger, gateway, quotas or Unlimited())
    return [known.id for known in _claimed(ledger, _BEFORE_ORDERED, ids) if counter.place(known)]


def poll(
    ledger: Ledger, gateway: Gateway, ids: Sequence[OfferId], quotas: Quotas | None = None
) -> Polled:
    """Ask after those placed orders that are due; none is asked after twice at a time.

    ``waiting`` are all that are on their way to being ready: also those still to be placed.
    """
    counter = Counter(ledger, gateway, quotas or Unlimited())
    for known in _claimed(ledger, [OfferState.ORDERED], ids):
        counter.poll(known)
    with ledger.begin() as tx:
        waiting = offers.in_state(tx, ON_THE_WAY, ids)
        ready = offers.in_state(tx, [OfferState.READY], ids)
        due_at = offers.next_try(tx, waiting)
    if not waiting:
        return Polled((), tuple(ready))
    wait = 0.0 if due_at is None else max(0.0, (due_at - ledger.clock()).total_seconds())
    return Polled(tuple(waiting), tuple(ready), wait)


def _claimed(
    ledger: Ledger, states: Sequence[OfferState], ids: Sequence[OfferId]
) -> list[LedgeredOffer]:
    with ledger.begin() as tx:
        return offers.claim(tx, list(states), ids)
