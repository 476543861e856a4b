"""What people decide about cubes that the gate held back; each decision is kept, with its why."""

from dataclasses import dataclass

from inlet import documents, judgement, places, steps
from inlet.errors import NotQuarantined, UnknownCollection, UnknownItem
from inlet.house import House
from lake.ledger import items, quarantine
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Transaction
from lake.ledger.quarantine import Decision, Kind
from lake.ledger.states import ItemState
from lake.nouns import Finding, ItemId


@dataclass(frozen=True, slots=True)
class Case:
    """A revision that the gate held back: what it has against it, and what was decided.

    ``evidence`` is where its cube, metrics, report and Data Docs are.
    """

    item: LedgeredItem
    suite: str
    findings: tuple[Finding, ...]
    decisions: tuple[Decision, ...]
    evidence: dict[str, str]


def cases(house: House, collection: str | None = None) -> list[Case]:
    """Return what is in quarantine, oldest first."""
    with house.ledger.begin() as tx:
        return [_case(house, tx, row) for row in quarantine.quarantined(tx, collection)]


def case(house: House, row: ItemId) -> Case:
    """Return a revision's findings and decisions, whether it is in quarantine or was.

    Raises:
        UnknownItem: there is no such revision.
    """
    with house.ledger.begin() as tx:
        return _case(house, tx, row)


def release(house: House, row: ItemId, by: str, reason: str) -> None:
    """Let a revision out though the gate said no; it is published as any other, and says so.

    Raises:
        UnknownItem, NotQuarantined: there is nothing to release.
        UnknownCollection, PortfolioBroken: its collection left the portfolio, or cannot be used.
    """
    _decide(house, row, Kind.RELEASE, ItemState.JUDGED, by, reason)


def retry(house: House, row: ItemId, by: str, reason: str, *, convert: bool = False) -> None:
    """Have a revision judged again, by the suite of today; with ``convert``, made anew before.

    Raises:
        UnknownItem, NotQuarantined: there is nothing to try again.
        UnknownCollection, PortfolioBroken: as ``release``.
    """
    after = ItemState.ASSEMBLING if convert else ItemState.CONVERTED
    _decide(house, row, Kind.RETRY, after, by, reason)


def discard(house: House, row: ItemId, by: str, reason: str) -> None:
    """Give a revision up for good; its cube and evidence stay where they are.

    Raises:
        UnknownItem, NotQuarantined: there is nothing to discard.
    """
    kept = f"discarded by {by}: {reason}"
    _decide(house, row, Kind.DISCARD, ItemState.WITHDRAWN, by, reason, kept=kept)


def go_on(house: House, row: ItemId) -> ItemState:
    """Bring a revision as far as it comes, to publication and its signal; return its state.

    Killed anywhere, the next harvest of its collection does the rest.
    """
    steps.convert(house, [row])
    steps.judge(house, [row])
    steps.grow(house, [row])
    if steps.publish(house, [row]):
        steps.announce(house)
    with house.ledger.begin() as tx:
        return _known(tx, row).state


def _decide(
    house: House,
    row: ItemId,
    kind: Kind,
    after: ItemState,
    by: str,
    reason: str,
    kept: str | None = None,
) -> None:
    with house.ledger.begin() as tx:
        found = _known(tx, row)
        if quarantine.claim(tx, row) is None:
            raise NotQuarantined(
                f"item {row} ({found.collection}/{found.key}): expected it in quarantine, it is "
                f"{_why_not(found)}; `inlet quarantine list` shows what is"
            )
        if kind is not Kind.DISCARD:
            _require_collection(house, found)
        against = documents.of_findings(_findings(found))
        made = Decision(row, kind, by, reason, against, tx.now)
        quarantine.decide(tx, made, after, reason=kept)


def _require_collection(house: House, found: LedgeredItem) -> None:
    """Pass what can go on: its collection says how it is judged and published."""
    try:
        house.portfolio.collection(found.collection)
    except UnknownCollection as gone:
        raise UnknownCollection(
            f"item {found.id} ({found.key}) cannot go on, {found.collection} left the portfolio: "
            "put it back (`inlet provider list` shows the draft that keeps its files), or discard "
            "the item"
        ) from gone


def _why_not(found: LedgeredItem) -> str:
    is_held = found.state == ItemState.QUARANTINED
    return "being worked on" if is_held else str(found.state)


def _case(house: House, tx: Transaction, row: ItemId) -> Case:
    item = _known(tx, row)
    verdict = documents.to_verdict(item.verdict) if item.verdict else None
    locations = {
        "cube": places.cube(item),
        "metrics": places.metrics(item),
        "report": places.report(item),
        "Data Docs": places.data_docs(item),
    }
    return Case(
        item=item,
        suite=f"{verdict.suite}@{verdict.version}" if verdict else "not judged",
        findings=_findings(item),
        decisions=tuple(quarantine.decisions(tx, row)),
        evidence={name: house.store.url(key) for name, key in locations.items()},
    )


def _known(tx: Transaction, row: ItemId) -> LedgeredItem:
    found = items.known(tx, row)
    if found is None:
        raise UnknownItem(
            f"expected the id of an item revision, came {row}; `inlet quarantine list` shows ids"
        )
    return found


def _findings(item: LedgeredItem) -> tuple[Finding, ...]:
    return judgement.failed(documents.to_verdict(item.verdict)) if item.verdict else ()
