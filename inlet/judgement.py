"""One cube before the gate: the verdict goes into the ledger, its evidence beside the cube."""

from typing import TYPE_CHECKING

import structlog

from catalog import events
from inlet import documents, evidence
from inlet.house import House
from lake.errors import LostClaim, MissingObject
from lake.ledger import items, outbox, quarantine
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Transaction
from lake.ledger.states import ItemState
from lake.nouns import Cube, Finding, ItemId, Signal, Verdict
from transforms.quality.suite import Suite

if TYPE_CHECKING:
    from transforms.quality.drift import Previous
    from transforms.quality.judge import Judgement

log = structlog.get_logger(__name__)


def judge_item(house: House, row: ItemId) -> LedgeredItem | None:
    """Judge a converted item, if it is free; one that fails is quarantined with its evidence.

    Returns it where it passed.
    """
    with house.ledger.begin() as tx:
        claimed = items.claim(tx, [ItemState.CONVERTED], [row])
    if not claimed:
        return None
    [item] = claimed
    judged = judge_by(house, item, house.portfolio.collection(item.collection).quality)
    keep(house, item, judged)
    passed = judged.verdict.passed or is_waived(house, item, judged.verdict)
    settle(house, item, judged.verdict, ItemState.JUDGED if passed else ItemState.QUARANTINED)
    return item if passed else None


def judge_by(house: House, item: LedgeredItem, suite: Suite) -> "Judgement":
    """Judge an item by a suite, beside the item before it; nothing is written.

    Raises:
        MissingObject: its metrics table is not in the lake.
    """
    from transforms.lexicon import bounds  # noqa: PLC0415 - parsing stays light
    from transforms.quality.judge import judge  # noqa: PLC0415 - three seconds

    cube = documents.to_cube(item.cube)
    previous = _previous(house, item, cube) if suite.drift else None
    return judge(cube, evidence.metrics(house, item), suite, bounds, previous)


def keep(house: House, item: LedgeredItem, judged: "Judgement") -> None:
    """Put what was found beside the cube, for people to read."""
    evidence.put_report(house, item, judged.verdict, evidence.metrics(house, item))
    evidence.put_data_docs(house, item, judged.answers)


def settle(house: House, item: LedgeredItem, verdict: Verdict, after: ItemState) -> None:
    """Move a claimed item on with its verdict; another's item is left to its new owner."""
    cube = documents.to_cube(item.cube)
    why = first_failure(verdict) if after == ItemState.QUARANTINED else None
    try:
        with house.ledger.begin() as tx:
            items.move(
                tx,
                item.id,
                item.state,
                after,
                verdict=documents.of_verdict(verdict),
                reason=why,
                start_at=cube.start,
                end_at=cube.end,
            )
            if why is not None:
                outbox.append(tx, _held_back(tx, item, verdict, why))
    except LostClaim as lost:
        log.warning("A verdict was left to the item's new owner", item=item.id, why=str(lost))


def is_waived(house: House, item: LedgeredItem, verdict: Verdict) -> bool:
    """Return whether somebody released the item in spite of all that the gate has against it."""
    with house.ledger.begin() as tx:
        release = quarantine.released(tx, item.id)
    known = documents.to_waiver(release).findings if release else ()
    return bool(known) and set(failed(verdict)) <= set(known)


def failed(verdict: Verdict) -> tuple[Finding, ...]:
    """Return what the gate has against a cube."""
    return tuple(finding for finding in verdict.findings if not finding.passed)


def first_failure(verdict: Verdict) -> str:
    """Return in one line why a verdict is not "passed"."""
    against = failed(verdict)
    if not against:
        return "nothing could be measured"
    first = against[0]
    more = f" (and {len(against) - 1} more)" if len(against) > 1 else ""
    return f"{first.subject}: expected {first.expected}, came {first.observed}{more}"


def _held_back(tx: Transaction, item: LedgeredItem, verdict: Verdict, why: str) -> Signal:
    suite = f"{verdict.suite}@{verdict.version}"
    held = events.Quarantined(item.collection, item.key, item.revision, suite, why)
    return events.item_quarantined(held, len(quarantine.decisions(tx, item.id)), tx.now)


def _previous(house: House, item: LedgeredItem, cube: Cube) -> "Previous | None":
    from transforms.quality.drift import Previous  # noqa: PLC0415 - pandas

    with house.ledger.begin() as tx:
        before = items.before(tx, item, cube.start)
    if before is None:
        return None
    try:
        measured = evidence.metrics(house, before)
    except MissingObject as missing:
        log.warning("An item was judged without the one before it", item=item.id, why=str(missing))
        return None
    return Previous(f"{before.key}@{before.revision}", measured)
