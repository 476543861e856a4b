"""One harvest from discovery to the fired hook, in this process, until nothing is left to do."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from harvesters.discovery import Found
from harvesters.errors import HarvestError
from inlet import steps
from inlet.house import House
from inlet.scope import Scope
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
    house: House,
    collection: str,
    window: Window | None = None,
    watch: Watch = unwatched,
) -> Harvested:
    """Bring everything the provider has in ``window`` to publication, and signal it.

    Without a window it is everything since the collection's cursor.

    What an earlier run left unfinished or failed is taken along. Every row comes to an end:
    published, or listed with its reason.

    Raises:
        HarvestError: the provider could not even be asked.
    """
    return harvest_scope(house, Scope(collection, window), watch)


def harvest_scope(house: House, scope: Scope, watch: Watch = unwatched) -> Harvested:
    """Bring all that ``scope`` is about to publication, and signal it.

    Raises:
        HarvestError: the provider could not even be asked.
    """
    began = house.ledger.clock()
    name = scope.collection
    run = Run(name, f"{began.isoformat()} {house.ledger.owner}", began, scope.window)
    if not scope.alone:
        steps.revive(house, name)
    before = _progress(house, name)
    try:
        found = steps.seek(house, scope)
        if scope.alone:
            before = _progress(house, name)
            scope = scope.known_by(found.keys)
        _carry(house, scope, watch)
    except HarvestError as error:
        steps.conclude(house, run, f"{type(error).__name__}: {error}")
        raise
    _finish(house, scope, watch)
    steps.conclude(house, run)
    steps.announce(house)
    return Harvested(found, before, _progress(house, name))


def _progress(house: House, collection: str) -> Progress:
    with house.ledger.begin() as tx:
        return ledgered.progress(tx, collection)


def bring(
    house: House, collection: str, window: Window | None = None, watch: Watch = unwatched
) -> Found:
    """Bring everything the provider has in ``window`` into the lake, and no further.

    What one provider could not deliver is asked of the next one.

    Raises:
        HarvestError: the provider could not even be asked.
    """
    found = steps.discover(house, collection, window)
    _carry(house, Scope(collection, window), watch)
    return found


def refine(house: House, collection: str, watch: Watch = unwatched) -> None:
    """Bring everything that has landed to publication."""
    _finish(house, Scope(collection), watch)


def _carry(house: House, scope: Scope, watch: Watch) -> None:
    unfinished = partial(steps.to_carry, house, scope)
    _until_none_left(house, unfinished, steps.carry, watch, "land")
    while steps.stand_in(house, scope):
        _until_none_left(house, unfinished, steps.carry, watch, "land")
    steps.advance(house, scope.collection)


def _finish(house: House, scope: Scope, watch: Watch) -> None:
    steps.assemble(house, scope.collection)
    unfinished = partial(steps.to_refine, house, scope)
    _until_none_left(house, unfinished, _refine, watch, "publish")


def _until_none_left(
    house: House,
    unfinished: Callable[[], list[Id]],
    work: Callable[[House, Sequence[Id]], object],
    watch: Watch,
    stage: str,
) -> None:
    left = unfinished()
    total = len(left)
    while left:
        watch(stage, total - len(left), total)
        for batch in house.batches(left):
            work(house, batch)
        remaining = unfinished()
        if remaining == left:
            time.sleep(_LOOK_EVERY_SECONDS)
        left = remaining
    watch(stage, total, total)


def _refine(house: House, items: Sequence[ItemId]) -> None:
    steps.convert(house, items)
    steps.judge(house, items)
    steps.grow(house, items)
    steps.publish(house, items)
