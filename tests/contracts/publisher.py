"""What every publisher promises. Subclass it, and give it a publisher and the URL of a ledger."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from typing import Any

import pytest

from catalog import events
from catalog.described import Pair
from catalog.errors import InvalidStac, NotPublished, WrongItem
from catalog.item import Identity
from catalog.publisher import Publisher, publish, restore, retract
from catalog.succession import Manner, Result, Retraction
from lake.errors import LostClaim
from lake.ledger import items, mending, outbox, replay
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Ledger, Transaction
from lake.ledger.replay import Wanted
from lake.ledger.states import ItemState
from lake.nouns import Item, Signal
from tests.catalog.makers import described, judged, judged_again, published
from tests.makers import StillClock, a_ledger

RACERS, ROUNDS = 4, 10


def a_pair(tx: Transaction, key: str = "era5-20240101", content: str = "bytes") -> Pair:
    row = judged(tx, key, content)
    return row, described(Identity(row.collection, row.key, row.revision), published=tx.now)


def signals(ledger: Ledger) -> list[Signal]:
    with ledger.begin() as tx:
        return list(outbox.unsent(tx))


def types(ledger: Ledger) -> list[str]:
    return [signal.type for signal in signals(ledger)]


def believed(ledger: Ledger) -> dict[str, tuple[Any, ...]]:
    """The gist of what is out, by id, as one knows it who only listens."""
    out: dict[str, Any] = {}
    for signal in signals(ledger):
        key, said = signal.subject.partition("/")[2], json.loads(signal.data)
        if signal.type in events.ITEM_OUT:
            out[key] = said
        elif signal.type == events.WITHDRAWN:
            out[key]["properties"]["deprecated"] = True
        elif signal.type == events.DELETED:
            del out[key]
    return gist(out)


def gist(out: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Revision, note and whether it is deprecated, of STAC items by id."""
    names = ("version", "n", "deprecated")
    return {key: tuple(map(stac["properties"].get, names)) for key, stac in out.items()}


def back(tx: Transaction, publisher: Publisher) -> LedgeredItem:
    """Send the published item back, and take it the whole way to judged again."""
    [row] = items.published(tx)
    publisher.hide(tx, row.collection, row.key, "its cube is torn")
    mending.reopen_item(tx, row.id, ItemState.PUBLISHED, "its cube is torn")
    return judged_again(tx, row.id)


def another(item: Item, note: str) -> Item:
    """The same revision, described otherwise."""
    stac = json.loads(item.stac)
    return replace(item, stac=json.dumps({**stac, "properties": stac["properties"] | {"n": note}}))


def keep(ledger: Ledger, publisher: Publisher, item: Item) -> None:
    retract(ledger, publisher, "era5", item.key, Retraction(Manner.KEEP, "wrong", "Ada"))


def delete(ledger: Ledger, publisher: Publisher, item: Item) -> None:
    retract(ledger, publisher, "era5", item.key, Retraction(Manner.DELETE, "wrong", "Ada"))


def supersede(ledger: Ledger, publisher: Publisher, _item: Item) -> None:
    published(ledger, content="newer", publisher=publisher)


def publish_anew(ledger: Ledger, publisher: Publisher, item: Item) -> None:
    with ledger.begin() as tx:
        row = back(tx, publisher)
    publish(ledger, publisher, [(row, another(item, "anew"))])


def publish_too_late(ledger: Ledger, publisher: Publisher, item: Item) -> None:
    with ledger.begin() as tx:
        row = back(tx, publisher)
    published(ledger, content="newer", publisher=publisher)
    publish(ledger, publisher, [(row, another(item, "too late"))])


class PublisherContract:
    @pytest.fixture
    def place(self) -> Iterator[str]:
        """The URL of an empty ledger."""
        raise NotImplementedError

    @staticmethod
    def open(ledger: Ledger) -> Publisher:
        """The publisher; a static method, since other processes open one too."""
        raise NotImplementedError

    @pytest.fixture
    def clock(self) -> StillClock:
        return StillClock()

    @pytest.fixture
    def ledger(self, place: str, clock: StillClock) -> Iterator[Ledger]:
        ledger = a_ledger(place, clock)
        yield ledger
        ledger.close()

    @pytest.fixture
    def publisher(self, ledger: Ledger) -> Publisher:
        return self.open(ledger)

    def seen(self, ledger: Ledger) -> dict[str, Any]:
        """The items that readers of the catalogue meet, by id."""
        with ledger.begin() as tx:
            return {row.key: row.stac for row in items.published(tx)}

    def test_an_item_and_its_signal_come_out_together(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        item = published(ledger, publisher=publisher)

        (signal,) = signals(ledger)
        assert json.loads(signal.data) == json.loads(item.stac)
        assert signal.type == events.CREATED
        assert self.seen(ledger)[item.key]["properties"]["version"] == item.revision

    def test_an_aborted_transaction_leaves_nothing(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        with ledger.begin() as tx:
            pair = a_pair(tx)
        publisher.make_way(ledger, [pair[1]])
        with ledger.begin() as tx:
            assert publisher.publish(tx, [pair])[0].result is Result.PUBLISHED
            tx.connection.rollback()

        assert (self.seen(ledger), signals(ledger)) == ({}, [])
        with ledger.begin() as tx:
            assert items.in_state(tx, [ItemState.JUDGED], [pair[0].id]) == [pair[0].id]

    def test_a_later_revision_updates_and_keeps_when_the_item_was_created(
        self, publisher: Publisher, ledger: Ledger, clock: StillClock
    ) -> None:
        first = published(ledger, content="one", publisher=publisher)
        clock.pass_time(days=1)
        second = published(ledger, content="two", publisher=publisher)

        assert types(ledger) == [events.CREATED, events.UPDATED, events.SUPERSEDED]
        gave_way = json.loads(signals(ledger)[-1].data)
        assert (gave_way["revision"], gave_way["successor"]) == (first.revision, second.revision)
        assert self.seen(ledger)[second.key]["properties"]["version"] == second.revision
        properties = json.loads(second.stac)["properties"]
        assert properties["created"] < properties["updated"]

    def test_two_revisions_in_one_batch_come_out_in_their_order(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        with ledger.begin() as tx:
            older, newer = a_pair(tx, content="one"), a_pair(tx, content="two")
        outcomes = publish(ledger, publisher, [newer, older])

        assert [one.result for one in outcomes] == [Result.PUBLISHED] * 2
        assert types(ledger) == [events.CREATED, events.UPDATED, events.SUPERSEDED]
        current = self.seen(ledger)["era5-20240101"]
        assert current["properties"]["version"] == newer[0].revision
        (link,) = [li for li in current["links"] if li["rel"] == "predecessor-version"]
        assert f"era5-20240101@{older[0].revision}" in link["href"]

    def test_an_older_revision_that_comes_late_is_neither_shown_nor_signalled(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        with ledger.begin() as tx:
            old = a_pair(tx, content="old")
        new = published(ledger, content="new", publisher=publisher)

        [outcome] = publish(ledger, publisher, [old])
        assert outcome.result is Result.SUPERSEDED
        assert self.seen(ledger)[new.key]["properties"]["version"] == new.revision
        assert types(ledger) == [events.CREATED]

    def test_one_that_is_refused_holds_up_no_other(
        self, publisher: Publisher, ledger: Ledger, clock: StillClock, place: str
    ) -> None:
        with ledger.begin() as tx:
            good, broken, strange, lost = (a_pair(tx, key, key) for key in "abcd")
        broken = (broken[0], replace(broken[1], stac=broken[1].stac.replace('"1.1.0"', '"0.9"')))
        strange = (strange[0], replace(strange[1], revision="another"))
        clock.now += timedelta(hours=1)
        thief = a_ledger(place, clock, owner="thief")
        with thief.begin() as tx:
            items.claim(tx, [ItemState.JUDGED], [lost[0].id])
        thief.close()

        outcomes = publish(ledger, publisher, [broken, good, strange, lost])
        kinds = [type(one.why) for one in outcomes]
        assert kinds == [InvalidStac, type(None), WrongItem, LostClaim]
        assert "stac_version" in str(outcomes[0].why)
        assert set(self.seen(ledger)) == {"a"}
        assert [signal.subject for signal in signals(ledger)] == ["era5/a"]

    def test_what_is_kept_though_withdrawn_says_who_said_so_and_why(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        item = published(ledger, publisher=publisher)
        wrong = Retraction(Manner.KEEP, "wrong calibration", "Ada")
        retract(ledger, publisher, "era5", item.key, wrong)

        properties = self.seen(ledger)[item.key]["properties"]
        assert properties["deprecated"]
        assert properties["inlet:withdrawn"]["reason"] == "wrong calibration"
        assert types(ledger) == [events.CREATED, events.WITHDRAWN]

    def test_what_was_kept_may_be_as_it_was_unless_it_changed_meanwhile(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        published(ledger, content="one", publisher=publisher)
        item = published(ledger, content="two", publisher=publisher)
        before = self.seen(ledger)
        keep(ledger, publisher, item)
        with ledger.begin() as tx:
            [found] = items.published(tx)
        restore(ledger, publisher, found)

        assert self.seen(ledger) == before
        assert believed(ledger) == gist(before)
        with pytest.raises(NotPublished, match="not withdrawn any more"):
            restore(ledger, publisher, found)

    def test_what_was_kept_though_withdrawn_comes_back_withdrawn(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        item = published(ledger, publisher=publisher)
        keep(ledger, publisher, item)
        before = self.seen(ledger)
        with ledger.begin() as tx:
            row = back(tx, publisher)
        publish(ledger, publisher, [(row, item)])

        assert self.seen(ledger) == before
        assert believed(ledger) == gist(before)
        with ledger.begin() as tx:
            assert [out.reason for out in items.published(tx)] == ["keep: wrong (by Ada)"]

    @pytest.mark.parametrize("manner", [Manner.WITHDRAW, Manner.DELETE])
    def test_what_is_withdrawn_leaves_a_tombstone_and_a_signal(
        self, publisher: Publisher, ledger: Ledger, manner: Manner
    ) -> None:
        published(ledger, content="one", publisher=publisher)
        published(ledger, content="two", publisher=publisher)
        retract(ledger, publisher, "era5", "era5-20240101", Retraction(manner, "recall", "Ada"))

        assert self.seen(ledger) == {}
        assert types(ledger)[-1] == events.DELETED
        assert json.loads(signals(ledger)[-1].data)["by"] == "Ada"
        with ledger.begin() as tx:
            left = items.newest(tx, "era5", [ItemState.WITHDRAWN], 9)
        assert len(left) == 2
        assert {row.reason for row in left} == {f"{manner}: recall (by Ada)"}
        assert all((row.stac is None) == (manner is Manner.DELETE) for row in left)

    def test_what_was_deleted_may_be_created_anew_but_not_by_an_older_revision(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        with ledger.begin() as tx:
            old = a_pair(tx, content="old")
        published(ledger, content="new", publisher=publisher)
        gone = Retraction(Manner.DELETE, "recall", "Ada")
        retract(ledger, publisher, "era5", "era5-20240101", gone)

        [late] = publish(ledger, publisher, [old])
        assert (late.result, self.seen(ledger)) == (Result.SUPERSEDED, {})
        again = published(ledger, content="mended", publisher=publisher)
        assert types(ledger) == [events.CREATED, events.DELETED, events.CREATED]
        assert self.seen(ledger)[again.key]["properties"]["version"] == again.revision

    def test_what_goes_back_is_not_seen_until_it_comes_out_again(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        item = published(ledger, publisher=publisher)
        with ledger.begin() as tx:
            again = back(tx, publisher)
        assert self.seen(ledger) == {}

        [outcome] = publish(ledger, publisher, [(again, item)])
        assert outcome.result is Result.PUBLISHED
        assert set(self.seen(ledger)) == {item.key}
        assert types(ledger) == [events.CREATED, events.DELETED, events.CREATED]

    @pytest.mark.parametrize("befalls", [delete, keep, supersede, publish_anew])
    def test_what_comes_back_often_is_told_of_each_time_whatever_befalls_it_then(
        self,
        publisher: Publisher,
        ledger: Ledger,
        befalls: Callable[[Ledger, Publisher, Item], None],
    ) -> None:
        item = published(ledger, publisher=publisher)
        for _ in range(2):
            publish_anew(ledger, publisher, item)
        befalls(ledger, publisher, item)

        assert believed(ledger) == gist(self.seen(ledger))

    def test_what_goes_back_and_comes_to_nothing_is_told_as_gone(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        published(ledger, content="one", publisher=publisher)
        published(ledger, content="two", publisher=publisher)
        with ledger.begin() as tx:
            row = back(tx, publisher)
            items.fail(tx, row.id, ItemState.JUDGED, "it cannot be described")

        gone = json.loads(signals(ledger)[-1].data)
        assert (gone["revision"], gone["by"]) == (row.revision, "census")
        assert believed(ledger) == gist(self.seen(ledger)) == {}

    @pytest.mark.parametrize("befalls", [keep, delete, supersede, publish_anew, publish_too_late])
    def test_what_was_told_of_an_item_stays_whatever_befalls_it(
        self,
        publisher: Publisher,
        ledger: Ledger,
        befalls: Callable[[Ledger, Publisher, Item], None],
    ) -> None:
        item = published(ledger, publisher=publisher)
        befalls(ledger, publisher, item)

        told = signals(ledger)
        assert json.loads(told[0].data) == json.loads(item.stac)
        with ledger.begin() as tx:
            assert outbox.of_ids(tx, [told[0].id]) == told[:1]
            assert [kept.signal for kept in outbox.tail(tx, 99)] == told
        assert list(replay.signals(ledger, Wanted(), replay.horizon(ledger))) == told

    def test_each_time_an_item_comes_out_is_told_of_as_it_was_then(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        first = published(ledger, publisher=publisher)
        publish_anew(ledger, publisher, first)
        keep(ledger, publisher, first)

        out = [json.loads(s.data) for s in signals(ledger) if s.type in events.ITEM_OUT]
        assert out == [json.loads(first.stac), json.loads(another(first, "anew").stac)]

    def test_who_reads_the_outbox_meanwhile_meets_nothing_else(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        item, enough = published(ledger, publisher=publisher), threading.Event()
        met: dict[str, set[str]] = defaultdict(set)

        def read() -> None:
            while not enough.is_set():
                for signal in signals(ledger):
                    met[signal.id].add(signal.data)

        reader = threading.Thread(target=read)
        reader.start()
        try:
            for n in range(ROUNDS):
                item = another(item, str(n))
                with ledger.begin() as tx:
                    row = back(tx, publisher)
                publish(ledger, publisher, [(row, item)])
        finally:
            enough.set()
            reader.join()

        assert {len(data) for data in met.values()} == {1}

    def test_what_is_not_out_cannot_be_taken_back(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        gone = Retraction(Manner.WITHDRAW, "recall", "Ada")
        with pytest.raises(NotPublished, match="era5/nothing"):
            retract(ledger, publisher, "era5", "nothing", gone)

    def test_of_racing_publishers_the_newest_revision_wins_and_each_is_told_of_once(
        self, publisher: Publisher, ledger: Ledger, place: str
    ) -> None:
        with ledger.begin() as tx:
            batches = [
                [a_pair(tx, f"key-{n}", f"{n}/{racer}") for n in range(ROUNDS)]
                for racer in range(RACERS)
            ]
        publisher.make_way(ledger, [item for _, item in batches[0]])
        ledger.close()
        with get_context("spawn").Pool(RACERS) as pool:
            results = pool.starmap(race, [(type(self), place, batch) for batch in batches])

        newest = {row.key: row.revision for row, _ in batches[-1]}
        seen = self.seen(ledger)
        assert {key: seen[key]["properties"]["version"] for key in newest} == newest
        assert results[-1] == [Result.PUBLISHED] * ROUNDS
        told = signals(ledger)
        out = [signal for signal in told if signal.type in events.ITEM_OUT]
        assert len({signal.id for signal in told}) == len(told)
        assert len(out) == sum(result is Result.PUBLISHED for one in results for result in one)
        for key, revision in newest.items():
            mine = [json.loads(s.data) for s in out if s.subject == f"era5/{key}"]
            assert mine[-1]["properties"]["version"] == revision


def race(contract: type[PublisherContract], place: str, batch: list[Pair]) -> list[Result]:
    """Publish one by one, as one of several processes at once."""
    ledger = a_ledger(place)
    publisher = contract.open(ledger)
    results = [publish(ledger, publisher, [pair])[0].result for pair in batch]
    ledger.close()
    return results
