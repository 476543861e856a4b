"""From signals to targets: record first, then deliver, and lose nothing in between.

Recording is one transaction: a signal is marked as sent, or as received where Kafka told it,
together with the deliveries that it gives rise to. Delivering is claimed work: a crash leaves the
claim to run out, and the event goes out again with the same id.
"""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import structlog

from catalog.cloudevents import SOURCE, CloudEvent
from catalog.events import ITEM_OUT, OF_CATALOGUE
from hooks.errors import BadFilter, HookError
from hooks.matching import matches, parse
from hooks.targets import Targets
from lake.errors import LostClaim
from lake.ledger import deliveries, inbox, outbox, work
from lake.ledger.deliveries import Delivery, Subscription
from lake.ledger.ledger import Ledger, Transaction
from lake.nouns import Signal

PARALLELISM = 4
_BATCH = 200
_CONSUMER = "inlet-hooks"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What a round did; ``retrying`` deliveries are due later, ``dead`` ones wait for redrive."""

    signals: int = 0
    recorded: int = 0
    delivered: int = 0
    retrying: int = 0
    dead: int = 0

    def __add__(self, other: "Dispatched") -> "Dispatched":
        """Return both together."""
        return Dispatched(
            self.signals + other.signals,
            self.recorded + other.recorded,
            self.delivered + other.delivered,
            self.retrying + other.retrying,
            self.dead + other.dead,
        )


def dispatch(
    ledger: Ledger, targets: Targets, parallelism: int = PARALLELISM, source: str = SOURCE
) -> Dispatched:
    """Take in every waiting signal and run deliveries until none is due now."""
    total = Dispatched()
    while (recorded := record(ledger)).signals:
        total += recorded
    return total + deliver(ledger, targets, parallelism, source)


def record(ledger: Ledger, limit: int = _BATCH) -> Dispatched:
    """Note who is to hear of the oldest waiting signals, and mark those as sent, in one step."""
    with ledger.begin() as tx:
        waiting = outbox.unsent(tx, limit)
        done = _record(tx, waiting)
        outbox.mark_sent(tx, [signal.id for signal in waiting])
    return done


def record_told(ledger: Ledger, event_ids: Sequence[str]) -> Dispatched:
    """Note who is to hear of these events, in their order; those that came before change nothing.

    What they say is taken from the ledger. Events that it does not know are another Inlet's.
    """
    with ledger.begin() as tx:
        fresh = inbox.fresh(tx, _CONSUMER, event_ids)
        return _record(tx, outbox.of_ids(tx, fresh))


def deliver(
    ledger: Ledger, targets: Targets, parallelism: int = PARALLELISM, source: str = SOURCE
) -> Dispatched:
    """Run deliveries, ``parallelism`` at a time, until none is due now."""
    total = Dispatched()
    running: dict[Future[str], Delivery] = {}
    with ThreadPoolExecutor(parallelism, thread_name_prefix="deliver") as pool:
        while True:
            for delivery in _claim(ledger, parallelism - len(running)):
                running[pool.submit(_run, delivery, targets, source)] = delivery
            if not running:
                return total
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                total += _settle(ledger, running.pop(future), future)


def _record(tx: Transaction, signals: Sequence[Signal]) -> Dispatched:
    subscribed = deliveries.subscriptions(tx)
    recorded = 0
    for signal in signals:
        names = [wanted.name for wanted in subscribed if _wants(wanted, signal)]
        deliveries.record(tx, signal, names)
        recorded += len(names)
    return Dispatched(signals=len(signals), recorded=recorded)


def _wants(wanted: Subscription, signal: Signal) -> bool:
    by_default = ITEM_OUT if wanted.kind == "workflow" else OF_CATALOGUE
    if signal.type not in (wanted.types or by_default):
        return False
    try:
        return matches(wanted.filter, signal.data, is_whole=signal.type in ITEM_OUT)
    except BadFilter as error:
        # recorded all the same: the delivery then fails with this reason, where it can be seen
        log.warning("filter could not be read", subscription=wanted.name, reason=str(error))
        return True


def _claim(ledger: Ledger, limit: int) -> Sequence[Delivery]:
    with ledger.begin() as tx:
        return deliveries.claim(tx, limit)


def _run(delivery: Delivery, targets: Targets, source: str) -> str:
    if delivery.subscription.filter is not None:
        parse(delivery.subscription.filter)
    return targets(delivery.subscription).deliver(CloudEvent(delivery.signal, source))


def _settle(ledger: Ledger, delivery: Delivery, future: Future[str]) -> Dispatched:
    """Note how a delivery ended; one that ended in an unforeseen error must not stop the rest."""
    error = future.exception()
    about = log.bind(subscription=delivery.subscription.name, event=delivery.signal.id)
    try:
        with ledger.begin() as tx:
            if error is None:
                deliveries.delivered(tx, delivery.id, future.result())
            else:
                deliveries.fail(tx, delivery.id, _reason(error))
    except LostClaim:
        about.warning("delivery took longer than its claim")
        return Dispatched()
    if error is None:
        about.info("event was delivered", result=future.result())
        return Dispatched(delivered=1)
    about.warning("event was not delivered", reason=_reason(error))
    is_dead = delivery.attempts + 1 >= work.MAX_ATTEMPTS
    return Dispatched(dead=1) if is_dead else Dispatched(retrying=1)


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, HookError) else f"{type(error).__name__}: {error}"
