"""Waiting notices into harvests: many notices, few windows, and none forgotten on the way.

A notice is done only after its harvest; a runner that dies leaves its notices to the next one.
Notices are hints: the scheduled harvest finds the same data later without any of them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from harvesters.errors import HarvestError
from harvesters.notices.rule import Wake
from inlet.harvest import harvest
from inlet.house import House
from inlet.spans import merged, whole_days
from lake.errors import LostClaim
from lake.ledger import notices
from lake.ledger.notices import Hint, NoticeState
from lake.nouns import Window

_BATCH = 1000
_APART = timedelta(hours=1)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Woken:
    """What a round did with the notices that waited."""

    done: int = 0
    ignored: int = 0
    retrying: int = 0
    harvests: int = 0
    published: int = 0
    left_out: int = 0


_Windows = dict[int, Window]
"""What each notice, by its row, asks to be harvested of one collection."""


def wake(house: House) -> Woken:
    """Harvest what waiting notices tell of, until none waits that is due."""
    woken = Woken()
    while True:
        with house.ledger.begin() as tx:
            hints = notices.claim(tx, _BATCH)
        if not hints:
            return woken
        _follow(house, hints, woken)


def _follow(house: House, hints: Sequence[Hint], woken: Woken) -> None:
    plans: dict[str, _Windows] = defaultdict(dict)
    wanted: set[int] = set()
    for hint in hints:
        refused = _plan(house, hint, plans)
        if refused is None:
            wanted.add(hint.row)
        else:
            woken.ignored += 1
            _settle(house, hint.row, NoticeState.IGNORED, refused)
    failures: dict[int, str] = {}
    for collection, plan in plans.items():
        for window in merged(plan.values(), _APART):
            reason = _harvested(house, collection, window, woken)
            if reason is not None:
                failures |= dict.fromkeys(_within(plan, window), reason)
    for row in sorted(wanted):
        _end(house, row, failures.get(row), woken)


def _plan(house: House, hint: Hint, plans: dict[str, _Windows]) -> str | None:
    """Put the hint into the plan of each collection it wakes; return why it wakes none."""
    refused = "no collection's `wakes` matches it"
    planned = False
    for collection in house.portfolio.collections.values():
        rule = _matching(collection.wakes, collection.id, hint)
        if rule is None:
            continue
        window = rule.window(hint)
        if window is None:
            refused = f"it spans more than {rule.longest_days:g} days; harvest them by hand"
            continue
        if any(source.split for source in collection.sources):
            window = whole_days(window)
        plans[collection.id][hint.row] = window
        planned = True
    return None if planned else refused


def _matching(rules: Sequence[Wake], collection: str, hint: Hint) -> Wake | None:
    return next((rule for rule in rules if rule.wakes(collection, hint)), None)


def _harvested(house: House, collection: str, window: Window, woken: Woken) -> str | None:
    """Harvest one window; return why it did not work, None where it did."""
    woken.harvests += 1
    try:
        done = harvest(house, collection, window)
    except HarvestError as error:
        return f"{type(error).__name__}: {error}"
    woken.published += done.published
    woken.left_out += done.left_out
    log.info("A notice woke a harvest", collection=collection, published=done.published)
    return None


def _within(plan: _Windows, window: Window) -> list[int]:
    return [
        row
        for row, asked in plan.items()
        if window.start <= asked.start and asked.end <= window.end
    ]


def _end(house: House, row: int, failure: str | None, woken: Woken) -> None:
    if failure is None:
        woken.done += 1
        _settle(house, row, NoticeState.DONE)
        return
    woken.retrying += 1
    try:
        with house.ledger.begin() as tx:
            notices.fail(tx, row, failure)
    except LostClaim as lost:
        log.warning("A notice was left to its new owner", notice=row, why=str(lost))


def _settle(house: House, row: int, state: NoticeState, reason: str | None = None) -> None:
    try:
        with house.ledger.begin() as tx:
            notices.settle(tx, row, state, reason)
    except LostClaim as lost:
        log.warning("A notice was left to its new owner", notice=row, why=str(lost))
