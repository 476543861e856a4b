"""A changed suite over what was judged before: what would fail by it, and, if asked, does."""

from dataclasses import dataclass

from inlet import judgement
from inlet.house import House
from lake.errors import MissingObject
from lake.ledger import items
from lake.ledger.items import LedgeredItem
from lake.ledger.states import ItemState
from transforms.quality.suite import Suite

_WITH_A_CUBE = (
    ItemState.CONVERTED,
    ItemState.JUDGED,
    ItemState.QUARANTINED,
    ItemState.PUBLISHED,
)
_NOT_YET_OUT = (ItemState.CONVERTED, ItemState.JUDGED)


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What a suite says of a revision that was in ``state``.

    ``passed`` is None where it could not be measured; ``reason`` says why it did not pass.
    """

    id: int
    key: str
    revision: str
    state: ItemState
    passed: bool | None
    reason: str | None
    quarantined_now: bool = False


def rejudge(
    house: House, collection: str, last: int, suite: Suite, *, apply: bool = False
) -> list[Rejudged]:
    """Judge the ``last`` newest revisions that have a cube by ``suite``, the newest first.

    Nothing is changed, unless ``apply``: then those that fail and are not published yet go into
    quarantine with their evidence. What is published, or was released by somebody in spite of the
    same findings, stays as it is.
    """
    with house.ledger.begin() as tx:
        found = items.newest(tx, collection, _WITH_A_CUBE, last)
    return [_rejudged(house, item, suite, apply=apply) for item in found]


def _rejudged(house: House, item: LedgeredItem, suite: Suite, *, apply: bool) -> Rejudged:
    try:
        judged = judgement.judge_by(house, item, suite)
    except MissingObject as missing:
        return _said(item, None, str(missing))
    if judged.verdict.passed:
        return _said(item, True, None)
    reason = judgement.first_failure(judged.verdict)
    if not apply or item.state not in _NOT_YET_OUT:
        return _said(item, False, reason)
    if judgement.is_waived(house, item, judged.verdict):
        return _said(item, False, f"released in spite of it: {reason}")
    with house.ledger.begin() as tx:
        claimed = items.claim(tx, [item.state], [item.id])
    for mine in claimed:
        judgement.keep(house, mine, judged)
        judgement.settle(house, mine, judged.verdict, ItemState.QUARANTINED)
    return _said(item, False, reason, quarantined_now=bool(claimed))


def _said(
    item: LedgeredItem, passed: bool | None, reason: str | None, *, quarantined_now: bool = False
) -> Rejudged:
    return Rejudged(item.id, item.key, item.revision, item.state, passed, reason, quarantined_now)
