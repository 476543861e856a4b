"""What every publisher promises. Subclass it, and give it a publisher over a SQLite ledger."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from catalog import events
from catalog.errors import InvalidStac, WrongItem
from catalog.item import Identity
from catalog.publisher import Publisher
from lake.errors import LostClaim
from lake.ledger import items, outbox
from lake.ledger.ledger import Ledger
from tests.catalog.makers import described, judged, published
from tests.makers import StillClock, a_ledger


class PublisherContract:
    @pytest.fixture
    def publisher(self) -> Publisher:
        raise NotImplementedError

    @pytest.fixture
    def clock(self) -> StillClock:
        return StillClock()

    @pytest.fixture
    def ledger(self, tmp_path: Path, clock: StillClock) -> Ledger:
        return a_ledger(tmp_path, clock)

    def test_an_item_and_its_signal_come_out_together(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        item = published(ledger, publisher=publisher)

        with ledger.begin() as tx:
            (out,), (signal,) = items.published(tx), outbox.unsent(tx)
        assert out.stac == json.loads(signal.data) == json.loads(item.stac)
        assert signal.type == events.CREATED

    def test_an_aborted_transaction_leaves_neither(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        with ledger.begin() as tx:
            row = judged(tx)
            item = described(Identity(row.collection, row.key, row.revision))
            assert publisher.publish(tx, row, item)
            tx.connection.rollback()

        with ledger.begin() as tx:
            assert (items.published(tx), outbox.unsent(tx)) == ([], [])

    def test_a_later_revision_updates_and_keeps_when_the_item_was_created(
        self, publisher: Publisher, ledger: Ledger, clock: StillClock
    ) -> None:
        first = published(ledger, content="one", publisher=publisher)
        clock.pass_time(days=1)
        second = published(ledger, content="two", publisher=publisher)

        with ledger.begin() as tx:
            (out,), signals = items.published(tx), outbox.unsent(tx)
        assert [signal.type for signal in signals] == [events.CREATED, events.UPDATED]
        assert out.revision == second.revision != first.revision
        properties = json.loads(second.stac)["properties"]
        assert properties["created"] < properties["updated"]

    def test_an_older_revision_that_comes_late_is_neither_shown_nor_signalled(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        with ledger.begin() as tx:
            old = judged(tx, content="old")
        new = published(ledger, content="new", publisher=publisher)

        with ledger.begin() as tx:
            item = described(Identity(old.collection, old.key, old.revision))
            assert not publisher.publish(tx, old, item)
        with ledger.begin() as tx:
            assert [row.revision for row in items.published(tx)] == [new.revision]
            assert len(outbox.unsent(tx)) == 1

    def test_what_is_no_stac_is_not_published(self, publisher: Publisher, ledger: Ledger) -> None:
        with ledger.begin() as tx:
            row = judged(tx)
            item = described(Identity(row.collection, row.key, row.revision))
            broken = replace(item, stac=item.stac.replace('"1.1.0"', '"0.9"'))
            with pytest.raises(InvalidStac, match="stac_version"):
                publisher.publish(tx, row, broken)

        with ledger.begin() as tx:
            assert (items.published(tx), outbox.unsent(tx)) == ([], [])

    def test_the_description_of_another_revision_is_refused(
        self, publisher: Publisher, ledger: Ledger
    ) -> None:
        with ledger.begin() as tx, pytest.raises(WrongItem, match="'r1'"):
            publisher.publish(tx, judged(tx), described())

    def test_a_claim_that_was_lost_publishes_nothing(
        self, publisher: Publisher, ledger: Ledger, clock: StillClock, tmp_path: Path
    ) -> None:
        with ledger.begin() as tx:
            row = judged(tx)
        clock.now += timedelta(hours=1)
        thief = a_ledger(tmp_path, clock, owner="thief")
        with thief.begin() as tx:
            items.claim(tx, [row.state], [row.id])

        item = described(Identity(row.collection, row.key, row.revision))
        with pytest.raises(LostClaim), ledger.begin() as tx:
            publisher.publish(tx, row, item)
        with ledger.begin() as tx:
            assert outbox.unsent(tx) == []
