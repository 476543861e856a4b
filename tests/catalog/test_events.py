from dataclasses import replace

from catalog import events
from catalog.events import (
    Alert,
    DeadLetter,
    Gone,
    HarvestEnded,
    NotOut,
    PortfolioChanged,
    Quarantined,
    RequestAnswered,
    Superseded,
)
from lake.nouns import Signal
from tests.catalog.makers import described
from tests.makers import NEW_YEAR, StillClock

NAME = ("era5", "era5-20240101", "r1")
ANSWER = RequestAnswered(
    "d1g3st",
    "era5",
    "ada",
    "m-1",
    "completed",
    "request__d1g3st",
    None,
    None,
    1,
    ("i",),
    (NotOut("k", "failed", "no answer"),),
)
OURS = {*events.OF_ITEMS, *events.OF_HARVESTS, *events.OF_REQUESTS, events.DEAD_LETTER}
ENDED = HarvestEnded("era5", "run 1", NEW_YEAR, NEW_YEAR, None, 3, 1)
CHANGED = PortfolioChanged("era5", "cds", "Ada", "wanted", 0)


def one_of_each() -> dict[str, Signal]:
    """A signal of every type."""
    gone = Gone(*NAME, "wrong coordinates", "Ada")
    signals = (
        events.item_published(described(), events.CREATED, NEW_YEAR),
        events.item_published(described(), events.UPDATED, NEW_YEAR),
        events.item_deleted(gone, NEW_YEAR),
        events.item_withdrawn(gone, NEW_YEAR),
        events.item_superseded(Superseded(*NAME, "r2"), NEW_YEAR),
        events.item_quarantined(Quarantined(*NAME, "plausible@1", "too warm"), 0, NEW_YEAR),
        events.harvest_ended(ENDED, NEW_YEAR),
        events.harvest_ended(replace(ENDED, reason="no answer"), NEW_YEAR),
        events.collection_live(CHANGED, NEW_YEAR),
        events.collection_removed(CHANGED, NEW_YEAR),
        *(events.request_answered(ANSWER, type_, NEW_YEAR) for type_ in events.OF_REQUESTS),
        events.alert(Alert("era5", "late", "run 1", "expected within 6 h"), NEW_YEAR),
        events.dead_letter(DeadLetter("t/0/7", "bad-request", "not JSON", 2, "e3s="), NEW_YEAR),
    )
    return {signal.type: signal for signal in signals}


def test_every_type_has_a_maker_and_stands_on_one_topic() -> None:
    assert set(one_of_each()) == OURS
    assert len(OURS) == len([*events.OF_ITEMS, *events.OF_HARVESTS, *events.OF_REQUESTS]) + 1


def test_the_id_of_an_event_follows_from_what_happened() -> None:
    item = described()
    held = Quarantined(*NAME, "plausible@1", "too warm")
    first = events.item_published(item, events.CREATED, NEW_YEAR)
    others = [
        events.item_published(replace(item, revision="r2"), events.CREATED, NEW_YEAR),
        events.item_published(replace(item, key="k"), events.CREATED, NEW_YEAR),
        *(events.item_published(item, events.CREATED, NEW_YEAR, returns) for returns in (1, 2)),
        *(events.item_quarantined(held, occasion, NEW_YEAR) for occasion in (1, 2)),
        events.harvest_ended(replace(ENDED, run="run 2"), NEW_YEAR),
        *one_of_each().values(),
    ]

    assert first.id == events.item_published(item, events.CREATED, StillClock().now).id
    assert len({other.id for other in others}) == len(others)
