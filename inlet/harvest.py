"""One harvest from discovery to the fired hook, in this process, until nothing is left to do."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from harvesters.discovery import Found
from harvesters.errors import HarvestError
from inlet import steps
from inlet.house import House
from inlet.steps import Run
from lake.ledger import progress as ledgered
from lake.ledger.progress import Progress
from lake.nouns import ItemId, OfferId, Window

_LOOK_EVERY_SECONDS = 0.5
Id = TypeVar("Id", OfferId, ItemId)


class Watch(Protocol):
    """Is told how far a stage has come."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take note that ``done`` of ``total`` are through ``stage``."""
        ...


@dataclass(frozen=True, slots=True)
class Harvested:
    """What a harvest found, and how far the collection was before and after it."""

    found: Found
    before: Progress
    after: Progress

    @property
    def published(self) -> int:
        """Return how many items came out that were not out before."""
        return (self.after.published + self.after.superseded) - (
            self.before.published + self.before.superseded
        )

    @property
    def no_data(self) -> int:
        """Return for how many offers the provider turned out to have nothing."""
        return self.after.no_data - self.before.no_data

    @property
    def left_out(self) -> int:
        """Return how many offers and items fell out on the way; status lists them."""
        after, before = self.after, self.before
        return sum(
            getattr(after, end) - getattr(before, end)
            for end in ("invalid", "failed", "quarantined", "outside")
        )


def unwatched(stage: str, done: int, total: int) -> None:
    """Look away."""


def harvest(
    house: House, collection: str, window: Window | None = None, watch: Watch = unwatched
) -> Harvested:
    """Bring everything the provider has in ``window`` to publication, and signal it.

    Without a window it is everything since the collection's cursor.

    What an earlier run left unfinished or failed is taken along. Every row comes to an end:
    published, or listed with its reason.

    Raises:
        HarvestError: the provider could not even be asked.
    """
    began = house.ledger.clock()
    run = Run(collection, f"{began.isoformat()} {house.ledger.owner}", began, window)
    steps.revive(house, collection)
    with house.ledger.begin() as tx:
        before = ledgered.progress(tx, collection)
    try:
        found = bring(house, collection, window, watch)
    except HarvestError as error:
        steps.conclude(house, run, f"{type(error).__name__}: {error}")
        raise
    refine(house, collection, watch)
    steps.conclude(house, run)
    steps.announce(house)
    with house.ledger.begin() as tx:
        return Harvested(found, before, ledgered.progress(tx, collection))


def bring(
    house: House, collection: str, window: Window | None = None, watch: Watch = unwatched
) -> Found:
    """Bring everything the provider has in ``window`` into the lake, and no further.

    What one provider could not deliver is asked of the next one.

    Raises:
        HarvestError: the provider could not even be asked.
    """
    found = steps.discover(house, collection, window)
    _until_none_left(house, collection, steps.unfinished_offers, steps.carry, watch, "land")
    while steps.stand_in(house, collection):
        _until_none_left(house, collection, steps.unfinished_offers, steps.carry, watch, "land")
    steps.advance(house, collection)
    return found


def refine(house: House, collection: str, watch: Watch = unwatched) -> None:
    """Bring everything that has landed to publication."""
    steps.assemble(house, collection)
    _until_none_left(house, collection, steps.unfinished_items, _refine, watch, "publish")


def _until_none_left(
    house: House,
    collection: str,
    unfinished: Callable[[House, str], list[Id]],
    work: Callable[[House, Sequence[Id]], object],
    watch: Watch,
    stage: str,
) -> None:
    left = unfinished(house, collection)
    total = len(left)
    while left:
        watch(stage, total - len(left), total)
        for batch in house.batches(left):
            work(house, batch)
        remaining = unfinished(house, collection)
        if remaining == left:
            time.sleep(_LOOK_EVERY_SECONDS)
        left = remaining
    watch(stage, total, total)


def _refine(house: House, items: Sequence[ItemId]) -> None:
    steps.convert(house, items)
    steps.judge(house, items)
    steps.grow(house, items)
    steps.publish(house, items)
