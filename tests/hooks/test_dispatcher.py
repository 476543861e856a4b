from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from catalog import events
from catalog.events import Gone, HarvestEnded
from hooks.dispatcher import Dispatched, deliver, dispatch, record, record_told
from hooks.targets import Target, Targets, TargetsByKind
from hooks.webhook import Webhooks
from lake.ledger import deliveries, outbox, progress
from lake.ledger.deliveries import Subscription
from lake.ledger.ledger import Ledger
from lake.ledger.work import MAX_ATTEMPTS
from tests.catalog.makers import published
from tests.hooks.makers import Listener, Receiver, a_subscription
from tests.makers import NEW_YEAR, StillClock, a_ledger


def subscribed(ledger: Ledger, *wanted: Subscription) -> None:
    with ledger.begin() as tx:
        for subscription in wanted or (a_subscription(),):
            deliveries.subscribe(tx, subscription)


def states(ledger: Ledger) -> dict[str, dict[str, int]]:
    with ledger.begin() as tx:
        return progress.deliveries(tx)


def signal_ids(ledger: Ledger) -> list[str]:
    with ledger.begin() as tx:
        return [kept.signal.id for kept in outbox.tail(tx, 100)]


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
    assert listener.heard[0].signal.id == claimed.signal.id


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


def test_the_next_of_an_item_waits_for_the_former_to_end(
    ledger: Ledger, clock: StillClock
) -> None:
    subscribed(ledger, a_subscription("slow"), a_subscription("fast"))
    for content in ("1", "2", "3"):
        published(ledger, "a", content)
    published(ledger, "b", "1")
    record(ledger)
    slow, fast = Listener(failures=1), Listener()
    listeners = {"slow": slow, "fast": fast}

    def targets(wanted: Subscription) -> Target:
        return listeners[wanted.name]

    first = deliver(ledger, targets, parallelism=8)
    heard_meanwhile = [e.signal.subject for e in slow.heard]
    clock.pass_time(hours=1)

    assert first == Dispatched(delivered=5, retrying=1)
    assert heard_meanwhile == ["era5/b"]
    assert deliver(ledger, targets, parallelism=8) == Dispatched(delivered=3)
    for listener in (slow, fast):
        of_a = [e.signal for e in listener.heard if e.signal.subject == "era5/a"]
        assert [s.id for s in of_a] == [i for i in signal_ids(ledger) if i in {s.id for s in of_a}]
        assert len(of_a) == 3


def test_after_a_dead_delivery_the_item_is_told_of_again(
    ledger: Ledger, clock: StillClock
) -> None:
    subscribed(ledger)
    published(ledger, "a", "1")
    published(ledger, "a", "2")
    listener = Listener(failures=MAX_ATTEMPTS)
    for _ in range(MAX_ATTEMPTS):
        dispatch(ledger, listener)
        clock.pass_time(hours=1)

    assert [event.signal.type for event in listener.heard] == [events.UPDATED]
    assert states(ledger) == {"all": {"delivered": 1, "failed": 1}}


def test_what_kafka_told_is_recorded_once_however_often_it_comes(ledger: Ledger) -> None:
    subscribed(ledger)
    published(ledger)
    ids = signal_ids(ledger)

    assert record_told(ledger, [*ids, *ids, "another Inlet's"]) == Dispatched(1, 1)
    assert record_told(ledger, ids) == Dispatched()
    subscribed(ledger, a_subscription("later"))
    assert record_told(ledger, ids) == Dispatched()


def test_by_default_only_what_changes_the_catalogue_is_told(ledger: Ledger) -> None:
    subscribed(
        ledger,
        a_subscription("hook"),
        a_subscription("flow", kind="workflow", target="quicklook"),
        a_subscription("watch", types=(events.HARVEST_FAILED,)),
    )
    published(ledger)
    gone = Gone("era5", "era5-20240101", "r1", "wrong", "me")
    ended = HarvestEnded("era5", "run", NEW_YEAR, None, None, 0, 0, "no answer")
    with ledger.begin() as tx:
        outbox.append(tx, events.item_deleted(gone, tx.now))
        outbox.append(tx, events.harvest_ended(ended, tx.now))
    record(ledger)

    assert states(ledger) == {
        "hook": {"pending": 2},
        "flow": {"pending": 1},
        "watch": {"pending": 1},
    }


@pytest.mark.parametrize(
    ("filter_", "heard"),
    [("collection = 'era5'", 1), ("collection = 'other'", 0), ('"inlet:passed" = TRUE', 1)],
)
def test_who_may_know_an_item_hears_that_it_is_gone(
    ledger: Ledger, filter_: str, heard: int
) -> None:
    subscribed(ledger, a_subscription(filter=filter_))
    gone = Gone("era5", "era5-20240101", "r1", "wrong", "me")
    with ledger.begin() as tx:
        outbox.append(tx, events.item_withdrawn(gone, tx.now))

    assert record(ledger) == Dispatched(signals=1, recorded=heard)


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
