"""One cube before the gate: the verdict goes into the ledger, the report beside the cube."""

import structlog

from inlet import documents, places
from inlet.house import House
from lake.errors import LostClaim
from lake.ledger import items
from lake.ledger.items import LedgeredItem
from lake.ledger.states import ItemState
from lake.nouns import ItemId, Verdict

_TEXT = {"digest": str, "group": str, "variable": str}  # an all-digit digest is no number
log = structlog.get_logger(__name__)


def judge_item(house: House, row: ItemId) -> None:
    """Judge a converted item, if it is free; one that fails is quarantined with its evidence."""
    with house.ledger.begin() as tx:
        claimed = items.claim(tx, [ItemState.CONVERTED], [row])
    for item in claimed:
        verdict = _judged(house, item)
        after = ItemState.JUDGED if verdict.passed else ItemState.QUARANTINED
        try:
            with house.ledger.begin() as tx:
                items.move(
                    tx,
                    item.id,
                    ItemState.CONVERTED,
                    after,
                    verdict=documents.of_verdict(verdict),
                    reason=None if verdict.passed else _first_failure(verdict),
                )
        except LostClaim as lost:
            log.warning("A verdict was left to the item's new owner", item=row, why=str(lost))


def _judged(house: House, item: LedgeredItem) -> Verdict:
    import pandas as pd  # noqa: PLC0415 - Great Expectations weighs three seconds

    from transforms.lexicon import bounds  # noqa: PLC0415
    from transforms.quality.judge import judge  # noqa: PLC0415
    from transforms.quality.report import render  # noqa: PLC0415

    suite = house.portfolio.collection(item.collection).quality
    cube = documents.to_cube(item.cube)
    with house.store.local(places.metrics(item)) as table:
        metrics = pd.read_csv(table, dtype=_TEXT)
    verdict = judge(cube, metrics, suite, bounds).verdict
    with house.store.staging() as staging:
        page = staging / "quality.html"
        page.write_text(
            render(verdict, metrics, f"{item.collection}/{item.key}"), encoding="utf-8"
        )
        house.store.put(page, places.report(item))
    return verdict


def _first_failure(verdict: Verdict) -> str:
    failed = [finding for finding in verdict.findings if not finding.passed]
    if not failed:
        return "nothing could be measured"
    first = failed[0]
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"{first.subject}: expected {first.expected}, came {first.observed}{more}"
