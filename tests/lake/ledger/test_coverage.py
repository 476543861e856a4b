from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from lake.ledger import coverage, offers, progress
from lake.ledger.ledger import Ledger
from lake.ledger.schema import offer
from lake.nouns import Offer
from tests.makers import StillClock, a_day, a_granule, a_ledger, an_offer, landed


def first(native_id: str = "a1", **of: Any) -> Offer:
    return an_offer(native_id, provider="first", **of)


def second(native_id: str = "b1", **of: Any) -> Offer:
    return an_offer(native_id, provider="second", **of)


def noted(ledger: Ledger, *found: Offer) -> None:
    with ledger.begin() as tx:
        offers.record(tx, found)


def states(ledger: Ledger) -> dict[str, str]:
    with ledger.begin() as tx:
        rows = tx.connection.execute(select(offer.c.native_id, offer.c.stamp, offer.c.state))
        return {f"{r.native_id}{r.stamp}": r.state for r in rows}


def end(ledger: Ledger, native_id: str, state: str = "failed") -> None:
    with ledger.begin() as tx:
        ended = update(offer).where(offer.c.native_id == native_id)
        tx.connection.execute(ended.values(state=state, failed_from="discovered"))


def test_what_one_provider_has_landed_is_not_fetched_from_another(url: str) -> None:
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        landed(tx, first(), [a_granule()])
    noted(ledger, second())

    assert states(ledger) == {"a1": "landed", "b1": "covered"}
    with ledger.begin() as tx:
        [told] = progress.troubles(tx, "era5")
    assert (told.provider, told.reason) == ("second", "it is taken from first")
    with ledger.begin() as tx:
        assert offers.unfinished(tx, "era5") == []


def test_what_one_provider_has_in_work_is_covered_too_but_no_other_part(url: str) -> None:
    ledger = a_ledger(url)
    noted(ledger, first())
    noted(ledger, second(), second("b2", part="upper"), second("b3", item_key="other"))

    assert states(ledger) == {
        "a1": "discovered",
        "b1": "covered",
        "b2": "discovered",
        "b3": "discovered",
    }


def test_a_bad_end_uncovers_the_other(url: str) -> None:
    ledger = a_ledger(url)
    noted(ledger, first())
    noted(ledger, second())
    end(ledger, "a1")
    with ledger.begin() as tx:
        assert coverage.uncover(tx, "era5") == 1

    assert states(ledger) == {"a1": "failed", "b1": "discovered"}


def test_what_failed_is_not_revived_where_another_stands_in(url: str) -> None:
    ledger = a_ledger(url)
    noted(ledger, first())
    noted(ledger, second())
    end(ledger, "a1")
    with ledger.begin() as tx:
        coverage.uncover(tx, "era5")
        assert coverage.retire(tx, "era5") == 1
        assert coverage.uncover(tx, "era5") == 0

    assert states(ledger) == {"a1": "covered", "b1": "discovered"}


def test_a_newer_revision_of_the_same_provider_is_taken(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    noted(ledger, first(stamp="1"))
    noted(ledger, second(stamp="1"))
    clock.pass_time(days=1)
    noted(ledger, first(stamp="2"))

    assert states(ledger) == {"a11": "discovered", "b11": "covered", "a12": "discovered"}


def test_a_revision_that_another_has_brought_meanwhile_is_not_taken_twice(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    noted(ledger, first(stamp="1"))
    noted(ledger, second(stamp="1"))
    clock.pass_time(days=1)
    noted(ledger, second(stamp="2"))
    clock.pass_time(days=1)
    noted(ledger, first(stamp="2"))

    assert states(ledger)["b12"] == "discovered"
    assert states(ledger)["a12"] == "covered"


def test_gaps_are_what_ended_badly_everywhere_and_was_not_asked_of_this_one(url: str) -> None:
    ledger = a_ledger(url)
    noted(ledger, first(), first("a2", item_key="whole"))
    end(ledger, "a1", "invalid")
    with ledger.begin() as tx:
        (gap,) = coverage.gaps(tx, "era5", "second")
        none = coverage.gaps(tx, "era5", "first")

    assert (gap.item_key, gap.part, gap.window) == ("era5-20240101", "main", first().window)
    assert none == []


def test_what_was_asked_for_too_early_is_asked_for_again_and_then_is_final(url: str) -> None:
    clock = StillClock(a_day().end + timedelta(hours=1))
    ledger = a_ledger(url, clock)
    noted(ledger, first())
    empty = update(offer).values(state="no data")
    counts = []
    for hours in (0, 9, 80, 100):
        with ledger.begin() as tx:
            tx.connection.execute(empty.values(updated_at=tx.now))
        clock.pass_time(hours=hours)
        with ledger.begin() as tx:
            counts.append(coverage.ask_again(tx, "era5", "first", "main", timedelta(days=3)))

    assert counts == [0, 1, 1, 0]
    assert states(ledger) == {"a1": "no data"}


def test_what_another_provider_brought_is_not_asked_for_again(url: str) -> None:
    clock = StillClock(a_day().end)
    ledger = a_ledger(url, clock)
    noted(ledger, first())
    end(ledger, "a1", "no data")
    noted(ledger, second())
    clock.pass_time(hours=9)
    with ledger.begin() as tx:
        again = coverage.ask_again(tx, "era5", "first", "main", timedelta(days=3))

    assert again == 0
