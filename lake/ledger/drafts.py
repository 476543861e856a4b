"""Providers on their way into the portfolio: what was proposed, probed, and decided by whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from sqlalchemy import Row, select, update

from lake.ledger.ledger import Transaction
from lake.ledger.schema import draft, draft_decision

DraftId = NewType("DraftId", int)


class DraftState(StrEnum):
    """How far a draft has come. Only what is live is in the portfolio."""

    DRAFTED = "drafted"
    PASSED = "passed"  # its probe found nothing that is in the way
    DOUBTED = "doubted"  # its probe did
    APPROVED = "approved"
    REJECTED = "rejected"
    LIVE = "live"
    REMOVED = "removed"


class Kind(StrEnum):
    """What may be decided about a provider."""

    APPROVE = "approve"
    REJECT = "reject"
    GO_LIVE = "go live"
    REMOVE = "remove"
    ROTATE = "rotate"


MAY_FOLLOW: Mapping[DraftState, frozenset[DraftState]] = {
    DraftState.PASSED: frozenset(DraftState) - {DraftState.LIVE},
    DraftState.DOUBTED: frozenset(DraftState) - {DraftState.LIVE},
    DraftState.APPROVED: frozenset({DraftState.PASSED}),
    DraftState.REJECTED: frozenset(
        {DraftState.DRAFTED, DraftState.PASSED, DraftState.DOUBTED, DraftState.APPROVED}
    ),
    DraftState.LIVE: frozenset({DraftState.APPROVED}),
    DraftState.REMOVED: frozenset({DraftState.LIVE}),
}
"""The states in which a draft may be that comes into each state."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A provider and its collections as files, by their path in a portfolio.

    ``report`` is what the last probe found, as plain JSON; None where there was none. ``run`` is
    the run of Airflow that tries it out and waits for an answer.
    """

    id: DraftId
    provider: str
    origin: str
    files: Mapping[str, str]
    state: DraftState
    report: Any
    created_by: str
    created_at: datetime
    updated_at: datetime
    run: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided about a provider, and why."""

    provider: str
    kind: Kind
    by: str
    reason: str
    at: datetime
    draft: DraftId | None = None


def add(
    tx: Transaction,
    provider: str,
    origin: str,
    files: Mapping[str, str],
    by: str,
    state: DraftState = DraftState.DRAFTED,
) -> DraftId:
    """Keep a new draft."""
    row = draft.insert().values(
        provider=provider,
        origin=origin,
        files=dict(files),
        state=state,
        created_by=by,
        created_at=tx.now,
        updated_at=tx.now,
    )
    return DraftId(tx.connection.execute(row.returning(draft.c.id)).scalar_one())


def known(tx: Transaction, row: DraftId) -> Draft | None:
    """Return a draft; None where there is none of that id."""
    found = tx.connection.execute(select(draft).where(draft.c.id == row)).one_or_none()
    return None if found is None else _read(found)


def of_run(tx: Transaction, run: str) -> DraftId | None:
    """Return the draft that a run of Airflow brings on; None where it has none."""
    taken = select(draft.c.id).where(draft.c.run == run).order_by(draft.c.id.desc()).limit(1)
    row = tx.connection.execute(taken).scalar_one_or_none()
    return None if row is None else DraftId(row)


def listed(tx: Transaction, provider: str | None = None) -> list[Draft]:
    """Return all drafts, or those of a provider, newest first."""
    rows = select(draft).order_by(draft.c.id.desc())
    if provider is not None:
        rows = rows.where(draft.c.provider == provider)
    return [_read(row) for row in tx.connection.execute(rows)]


def move(
    tx: Transaction,
    row: DraftId,
    after: DraftState,
    before: frozenset[DraftState] = frozenset(DraftState),
    **values: object,
) -> bool:
    """Bring a draft into a state; False where it is in none from which that may follow.

    ``before`` narrows the states in which it may be.
    """
    states = [state.value for state in MAY_FOLLOW[after] & before]
    moved = update(draft).where(draft.c.id == row, draft.c.state.in_(states))
    changed = moved.values(state=after, updated_at=tx.now, **values)
    return tx.connection.execute(changed).rowcount == 1


def note(tx: Transaction, row: DraftId, report: Any) -> None:  # noqa: ANN401 - JSON
    """Keep what a probe has found so far; the draft stays where it is."""
    noted = update(draft).where(draft.c.id == row).values(report=report, updated_at=tx.now)
    tx.connection.execute(noted)


def taken_by(tx: Transaction, row: DraftId, run: str) -> None:
    """Note which run of Airflow brings a draft on."""
    tx.connection.execute(update(draft).where(draft.c.id == row).values(run=run))


def decide(tx: Transaction, made: Decision) -> None:
    """Record a decision."""
    tx.connection.execute(
        draft_decision.insert().values(
            draft_id=made.draft,
            provider=made.provider,
            kind=made.kind,
            by=made.by,
            reason=made.reason,
            at=made.at,
        )
    )


def decisions(tx: Transaction, provider: str) -> list[Decision]:
    """Return what was decided about a provider, oldest first."""
    rows = select(draft_decision).where(draft_decision.c.provider == provider)
    return [
        Decision(
            r.provider,
            Kind(r.kind),
            r.by,
            r.reason,
            r.at,
            None if r.draft_id is None else DraftId(r.draft_id),
        )
        for r in tx.connection.execute(rows.order_by(draft_decision.c.id))
    ]


def _read(row: Row[Any]) -> Draft:
    return Draft(
        DraftId(row.id),
        row.provider,
        row.origin,
        row.files,
        DraftState(row.state),
        row.report,
        row.created_by,
        row.created_at,
        row.updated_at,
        row.run,
    )
