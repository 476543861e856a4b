"""What those who watch the ledger are told, on both databases."""

from datetime import timedelta
from itertools import pairwise

from catalog.item import Identity
from catalog.publisher import EmbeddedPublisher
from lake.ledger import assembly, circuits, deliveries, gauges, items, outbox, windows
from lake.ledger.circuits import Circuit
from lake.ledger.deliveries import Subscription
from lake.ledger.gauges import Count, Unaccounted
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Transaction
from lake.ledger.states import ItemState
from lake.ledger.windows import WindowRecord
from lake.nouns import ItemId
from tests.catalog.makers import described, judged, published
from tests.makers import NEW_YEAR, StillClock, a_day, a_granule, a_ledger, an_offer, landed


def a_window(tx: Transaction, *, is_accounted: bool = True, parent: int | None = None) -> int:
    found = WindowRecord(
        "era5", "cds", a_day(), 2, 1, 1, 1, is_accounted=is_accounted, parent=parent
    )
    return windows.record(tx, found)


def until_judged(tx: Transaction, row: ItemId) -> list[LedgeredItem]:
    states = (ItemState.ASSEMBLING, ItemState.CONVERTED, ItemState.JUDGED)
    for before, after in pairwise(states):
        items.claim(tx, [before], [row])
        items.move(tx, row, before, after)
    return items.claim(tx, [ItemState.JUDGED], [row])


def test_offers_and_items_are_counted_by_state(url: str) -> None:
    ledger = a_ledger(url)
    published(ledger)
    with ledger.begin() as tx:
        judged(tx, "later", "other")

        assert gauges.offers(tx) == [Count("era5", "landed", 2)]
        assert sorted(gauges.items(tx), key=lambda c: c.state) == [
            Count("era5", "judged", 1),
            Count("era5", "published", 1),
        ]


def test_a_publication_counts_from_its_stamp_once_its_collection_is_watched(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    with ledger.begin() as tx:
        a_window(tx)
    clock.pass_time(minutes=10)
    stamps = {
        "fresh": "2024-01-01T00:04:00Z",
        "fresh, without a zone": "2024-01-01T00:09:00",
        "published before anybody asked": "2023-12-31T23:00:00Z",
        "a day": "2024-01-01",
        "no time": "v2",
        "not published yet": "2024-02-01T00:00:00Z",
    }
    with ledger.begin() as tx:
        for name, stamp in stamps.items():
            landed(tx, an_offer(name, stamp=stamp), [a_granule(name)])

        delays = [delay.seconds for delay in gauges.publication_to_discovery(tx)]
    assert sorted(delays) == [60.0, 360.0]


def test_an_item_counts_from_its_discovery_until_it_is_out(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    with ledger.begin() as tx:
        offered = landed(tx, an_offer(), [a_granule()])
    clock.pass_time(minutes=5)
    with ledger.begin() as tx:
        (row,) = assembly.assemble(tx, [offered], ["main"])
        (item,) = until_judged(tx, row)
        assert list(gauges.discovery_to_published(tx)) == []
    clock.pass_time(minutes=2)
    with ledger.begin() as tx:
        name = Identity(item.collection, item.key, item.revision)
        EmbeddedPublisher().publish(tx, [(item, described(name, published=tx.now))])
    with ledger.begin() as tx:
        landed(tx, an_offer("of the next revision"), [a_granule("other")])
        (delay,) = gauges.discovery_to_published(tx)

    assert (delay.whose, delay.seconds) == ("era5", 420.0)


def test_signals_count_from_their_row_to_their_acknowledgement(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    published(ledger)
    clock.pass_time(seconds=7)
    with ledger.begin() as tx:
        assert list(gauges.published_to_relayed(tx)) == []
        assert gauges.waiting(tx) == gauges.Waiting(1, NEW_YEAR)

        (signal,) = outbox.unsent(tx)
        outbox.refuse(tx, signal.id, "too large")
        assert gauges.waiting(tx) == gauges.Waiting(0, None, 1)

        outbox.readmit(tx, ())
        outbox.mark_sent(tx, [signal.id])
        (delay,) = gauges.published_to_relayed(tx)
        assert (delay.whose, delay.seconds) == ("era5", 7.0)
        assert gauges.waiting(tx) == gauges.Waiting(0, None)


def test_a_delivery_counts_once_it_is_done(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    published(ledger)
    with ledger.begin() as tx:
        deliveries.subscribe(tx, Subscription("desk", "workflow", "quicklook"))
        (signal,) = outbox.unsent(tx)
        outbox.mark_sent(tx, [signal.id])
        deliveries.record(tx, signal, ["desk"])
        assert gauges.deliveries(tx) == [Count("desk", "pending", 1)]
    clock.pass_time(seconds=3)
    with ledger.begin() as tx:
        (claimed,) = deliveries.claim(tx, 1)
        assert list(gauges.relayed_to_hook(tx)) == []
        deliveries.delivered(tx, claimed.id, "done")
        (delay,) = gauges.relayed_to_hook(tx)

    assert (delay.whose, delay.seconds) == ("desk", 3.0)


def test_a_window_is_unaccounted_until_its_last_answer_accounts_for_it(url: str) -> None:
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        cut = a_window(tx, is_accounted=False)
        a_window(tx, is_accounted=False, parent=cut)
        assert gauges.unaccounted(tx) == [Unaccounted("era5", "cds", 1)]

        a_window(tx)
        assert gauges.unaccounted(tx) == []


def test_a_host_that_failed_is_told_with_its_circuit(url: str) -> None:
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        known = circuits.failing(tx, "cds.example", "timed out")
        retry = tx.now + timedelta(minutes=1)
        circuits.save(tx, Circuit(known.host, 3, retry, None, "timed out", known.since))

        assert gauges.circuits(tx) == [gauges.Silent("cds.example", 3, is_open=True)]
