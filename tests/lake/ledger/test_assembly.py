import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lake.ledger import assembly, items, submissions
from lake.ledger.assembly import revision_name
from lake.ledger.ledger import Ledger
from lake.ledger.states import ItemState
from lake.ledger.submissions import Revision
from lake.nouns import ItemId
from tests.makers import a_granule, a_ledger, an_offer, landed


def test_an_item_waits_for_all_its_parts(url: str) -> None:
    with a_ledger(url).begin() as tx:
        first = landed(tx, an_offer("a", part="sfc"), [a_granule("sfc", "sfc")])
        assert assembly.assemble(tx, [first], ["sfc", "pl"]) == []

        second = landed(tx, an_offer("b", part="pl"), [a_granule("pl", "pl")])
        [row] = assembly.assemble(tx, [second], ["sfc", "pl"])

        assert [g.part for g in items.granules_of(tx, row)] == ["pl", "sfc"]


def test_assembling_twice_makes_one_revision(url: str) -> None:
    with a_ledger(url).begin() as tx:
        offer = landed(tx, an_offer(), [a_granule()])

        assert assembly.assemble(tx, [offer], ["main"]) == assembly.assemble(tx, [offer], ["main"])


def test_two_who_assemble_at_once_make_one_revision(url: str) -> None:
    first, second = a_ledger(url, owner="first"), a_ledger(url, owner="second")
    with first.begin() as tx:
        offer = landed(tx, an_offer("a"), [a_granule("x")])

    def assembled(by: Ledger) -> list[ItemId]:
        with by.begin() as tx:
            return assembly.assemble(tx, [offer], ["main"])

    with ThreadPoolExecutor(1) as pool:
        with first.begin() as tx:
            mine = assembly.assemble(tx, [offer], ["main"])
            other = pool.submit(assembled, second)
            time.sleep(0.5)  # until the other looks
        assert other.result() == mine

    with first.begin() as tx:
        assert len(items.newest(tx, "era5", list(ItemState), 9)) == 1


def test_what_is_handed_in_while_another_assembles_comes_after_it(url: str) -> None:
    first, second, key = a_ledger(url, owner="first"), a_ledger(url, owner="second"), "a-key"
    with first.begin() as tx:
        offer = landed(tx, an_offer("a", item_key=key), [a_granule("x")])

    def handed_in(by: Ledger) -> None:
        with by.begin() as tx:
            place = items.next_sequences(tx, "era5", [key])[key]
            submissions.add(tx, "era5", [Revision(key, "handed in", place)])

    with ThreadPoolExecutor(1) as pool:
        with first.begin() as tx:
            assembly.assemble(tx, [offer], ["main"])
            other = pool.submit(handed_in, second)
            time.sleep(0.5)  # until the other asks
        other.result()

    with first.begin() as tx:
        found = items.newest(tx, "era5", list(ItemState), 9)
    assert [row.sequence for row in found] == [2, 1]


def test_the_same_bytes_under_a_new_stamp_are_no_news(url: str) -> None:
    with a_ledger(url).begin() as tx:
        old = landed(tx, an_offer(stamp="2024-01-01T00:00:00Z"), [a_granule("same")])
        new = landed(tx, an_offer(stamp="2024-02-01T00:00:00Z"), [a_granule("same")])

        assert assembly.assemble(tx, [old], ["main"]) == assembly.assemble(tx, [new], ["main"])


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5Z"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:01+00:00"),
        ("2024-01-01T09:00:00+02:00", "2024-01-01T08:00:00Z"),
        ("v1", "v2"),
    ],
)
def test_the_newest_bytes_count_however_their_time_is_written(
    url: str, older: str, newer: str
) -> None:
    with a_ledger(url).begin() as tx:
        new = landed(tx, an_offer(stamp=newer), [a_granule("new")])
        old = landed(tx, an_offer(stamp=older), [a_granule("old")])
        [row] = assembly.assemble(tx, [old, new], ["main"])

        assert [g.digest for g in items.granules_of(tx, row)] == [a_granule("new").digest]


def test_content_that_comes_back_is_a_revision_of_its_own(url: str) -> None:
    with a_ledger(url).begin() as tx:
        revisions = []
        for number, content in enumerate(["first", "second", "first"]):
            offer = landed(tx, an_offer(f"n{number}"), [a_granule(content)])
            revisions += assembly.assemble(tx, [offer], ["main"])

        assert len(set(revisions)) == 3


def test_a_revision_is_named_by_stamp_and_content() -> None:
    named = revision_name([a_granule()], ["2024-01-02T03:04:05.678+00:00"])

    assert named.startswith("20240102T030405Z-")
    assert revision_name([a_granule()], [""]).isalnum()
    assert named != revision_name([a_granule("changed")], ["2024-01-02T03:04:05.678+00:00"])
