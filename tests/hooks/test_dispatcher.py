from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hooks.dispatcher import Dispatched, deliver, dispatch, record
from hooks.targets import Targets, TargetsByKind
from hooks.webhook import Webhooks
from lake.ledger import deliveries, outbox, progress
from lake.ledger.deliveries import Subscription
from lake.ledger.ledger import Ledger
from lake.ledger.work import MAX_ATTEMPTS
from tests.catalog.makers import published
from tests.hooks.makers import Listener, Receiver, a_subscription
from tests.makers import StillClock, a_ledger


def subscribed(ledger: Ledger, *wanted: Subscription) -> None:
    with ledger.begin() as tx:
        for subscription in wanted or (a_subscription(),):
            deliveries.subscribe(tx, subscription)


def states(ledger: Ledger) -> dict[str, dict[str, int]]:
    with ledger.begin() as tx:
        return progress.deliveries(tx)


def test_each_signal_reaches_each_subscription_once(ledger: Ledger) -> None:
    subscribed(ledger, a_subscription("a"), a_subscription("b"))
    for number in range(7):
        published(ledger, f"k{number}", f"content {number}")
    listener = Listener()

    assert dispatch(ledger, listener) == Dispatched(signals=7, recorded=14, delivered=14)
    assert dispatch(ledger, listener) == Dispatched()
    assert len(listener.heard) == 14
    assert len({event.signal.id for event in listener.heard}) == 7


def test_a_filter_keeps_the_others_out(ledger: Ledger) -> None:
    subscribed(ledger, a_subscription(filter="collection = 'climate-dt'"))
    published(ledger, "a", "1")
    published(ledger, "b", "2", collection="climate-dt")
    listener = Listener()
    dispatch(ledger, listener)

    assert [event.signal.subject for event in listener.heard] == ["climate-dt/b"]


def test_signals_that_nobody_wants_are_marked_as_sent_all_the_same(ledger: Ledger) -> None:
    published(ledger)

    assert dispatch(ledger, Listener()) == Dispatched(signals=1)
    with ledger.begin() as tx:
        assert outbox.unsent(tx) == []


def test_a_crash_between_recording_and_delivering_loses_nothing(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path)
    subscribed(ledger)
    published(ledger)
    record(ledger)
    ledger.close()
    listener = Listener()

    assert dispatch(a_ledger(tmp_path), listener).delivered == 1
    assert len(listener.heard) == 1


def test_a_crash_after_delivering_delivers_again_with_the_same_id(tmp_path: Path) -> None:
    clock = StillClock()
    ledger = a_ledger(tmp_path, clock)
    subscribed(ledger)
    published(ledger)
    record(ledger)
    listener = Listener()
    with ledger.begin() as tx:
        (claimed,) = deliveries.claim(tx, 1)
    ledger.close()
    after = a_ledger(tmp_path, clock, owner="the next process")

    assert deliver(after, listener) == Dispatched()
    clock.pass_time(hours=1)
    assert deliver(after, listener).delivered == 1
    assert listener.heard[0].signal.id == claimed.signal.event_id


def test_a_failed_delivery_waits_and_then_arrives_once(
    ledger: Ledger, clock: StillClock, receiver: Receiver
) -> None:
    subscribed(ledger, a_subscription(target=receiver.url(), secret_name="s"))
    published(ledger)
    receiver.codes = [503, 500]
    targets = TargetsByKind(
        {"webhook": Webhooks(lambda _: b"secret", clock, frozenset({receiver.address}))}
    )

    assert dispatch(ledger, targets) == Dispatched(signals=1, recorded=1, retrying=1)
    assert dispatch(ledger, targets) == Dispatched()
    clock.pass_time(seconds=2)
    assert dispatch(ledger, targets) == Dispatched(retrying=1)
    clock.pass_time(seconds=4)
    assert dispatch(ledger, targets) == Dispatched(delivered=1)
    clock.pass_time(hours=1)
    assert dispatch(ledger, targets) == Dispatched()
    assert len(receiver.requests) == 3
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1


def test_a_delivery_that_never_arrives_is_kept_for_redrive(
    ledger: Ledger, clock: StillClock
) -> None:
    subscribed(ledger)
    published(ledger)
    total = Dispatched()
    for _ in range(MAX_ATTEMPTS + 2):
        total += dispatch(ledger, Listener(failures=1))
        clock.pass_time(hours=1)

    assert (total.retrying, total.dead) == (MAX_ATTEMPTS - 1, 1)
    assert states(ledger) == {"all": {"failed": 1}}


def test_waiting_deliveries_hide_none_behind_them(ledger: Ledger) -> None:
    subscribed(ledger)
    for number in range(6):
        published(ledger, f"k{number}", f"content {number}")
    record(ledger)

    assert deliver(ledger, Listener(failures=5), parallelism=1) == Dispatched(
        delivered=1, retrying=5
    )


def test_an_unforeseen_error_of_one_delivery_stops_no_other(ledger: Ledger) -> None:
    subscribed(ledger)
    published(ledger, "a", "1")
    published(ledger, "b", "2")
    listener = Listener(failures=1, error=ZeroDivisionError("a bug"))

    assert dispatch(ledger, listener, parallelism=1) == Dispatched(
        signals=2, recorded=2, delivered=1, retrying=1
    )


def test_a_paused_subscription_hears_later(ledger: Ledger) -> None:
    subscribed(ledger, a_subscription(paused=True))
    published(ledger)
    listener = Listener()

    assert dispatch(ledger, listener) == Dispatched(signals=1, recorded=1)
    subscribed(ledger, a_subscription(paused=False))
    assert dispatch(ledger, listener) == Dispatched(delivered=1)


def test_a_filter_that_cannot_be_read_shows_as_a_failed_delivery(ledger: Ledger) -> None:
    subscribed(ledger, a_subscription("broken", filter="collection ="), a_subscription("fine"))
    published(ledger)
    listener = Listener()

    assert dispatch(ledger, listener) == Dispatched(signals=1, recorded=2, delivered=1, retrying=1)


@pytest.mark.parametrize("parallelism", [1, 8])
def test_deliveries_run_as_many_at_a_time_as_asked(ledger: Ledger, parallelism: int) -> None:
    subscribed(ledger)
    for number in range(20):
        published(ledger, f"k{number}", f"content {number}")
    targets: Targets = Listener()

    assert dispatch(ledger, targets, parallelism=parallelism).delivered == 20


def test_two_dispatchers_at_once_deliver_each_event_once(
    tmp_path: Path, clock: StillClock
) -> None:
    ledgers = [a_ledger(tmp_path, clock, owner) for owner in ("one", "two")]
    subscribed(ledgers[0])
    for number in range(30):
        published(ledgers[0], f"k{number}", f"content {number}")
    listener = Listener()
    with ThreadPoolExecutor(2) as both:
        rounds = list(both.map(lambda ledger: dispatch(ledger, listener), ledgers))

    assert sum(done.delivered for done in rounds) == 30
    assert len({event.signal.id for event in listener.heard}) == len(listener.heard) == 30
