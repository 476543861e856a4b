"""What people decide about a draft: approved or rejected, live or not; who, when and why."""

from dataclasses import replace

from catalog import events
from catalog.events import PortfolioChanged
from inlet.errors import UnfitDraft, UnfitState
from inlet.house import House
from inlet.onboarding import lint, placing, proposal
from inlet.onboarding.blueprint import COLLECTIONS, Blueprint, dumped, loaded
from inlet.onboarding.findings import Probe, of_probe, to_probe
from inlet.onboarding.suggestion import completed
from lake.ledger import drafts, outbox, progress
from lake.ledger.drafts import Decision, Draft, DraftId, DraftState, Kind
from lake.ledger.ledger import Transaction

_UNDECIDED = frozenset({DraftState.DRAFTED, DraftState.PASSED, DraftState.DOUBTED})


def keep(house: House, draft: Draft, probe: Probe) -> Draft:
    """Keep what a probe found of a draft, and what it proposes where the files leave it open.

    ``draft`` is as it was when the probe began: what was decided since stands.

    Raises:
        UnfitState: the draft was approved, rejected, or taken out meanwhile.
    """
    blueprint = completed(Blueprint(draft.provider, draft.files), probe)
    after = DraftState.PASSED if probe.has_passed else DraftState.DOUBTED
    with house.ledger.begin() as tx:
        found = {"report": of_probe(probe), "files": dict(blueprint.files)}
        if not drafts.move(tx, draft.id, after, _UNDECIDED | {draft.state}, **found):
            raise _unfit(tx, draft.id, "probed")
    return proposal.of_id(house, draft.id)


def report_of(draft: Draft) -> Probe | None:
    """Return what the last probe of a draft found; None where there was none."""
    return None if draft.report is None else to_probe(draft.report)


def approve(house: House, row: DraftId, by: str, reason: str) -> Draft:
    """Record that somebody answers for a draft that passed its probe.

    Raises:
        UnknownDraft: there is none of that id.
        UnfitState: it was not probed, or its probe found something in the way.
    """
    return _decided(house, row, DraftState.APPROVED, Kind.APPROVE, by, reason)


def reject(house: House, row: DraftId, by: str, reason: str) -> Draft:
    """Record that a draft is not to go live.

    Raises:
        UnknownDraft, UnfitState: there is none of that id, or it is live.
    """
    return _decided(house, row, DraftState.REJECTED, Kind.REJECT, by, reason)


def go_live(house: House, row: DraftId, by: str, *, paused: bool | None = None) -> Draft:
    """Put an approved draft's files into the portfolio; its DAGs appear when Airflow reads it.

    ``paused`` is whether they are paused at first; None leaves it to Airflow's settings. May be
    run again where it was killed.

    Raises:
        UnknownDraft, UnfitState: there is none of that id, or nobody approved it.
        UnfitDraft: its files are not right beside what the portfolio has by now.
        NameTaken: the portfolio has other files of that name.
    """
    draft = proposal.of_id(house, row)
    if draft.state is not DraftState.APPROVED:
        with house.ledger.begin() as tx:
            raise _unfit(tx, row, DraftState.LIVE)
    files = {path: _paused(path, text, paused) for path, text in draft.files.items()}
    blueprint = Blueprint(draft.provider, files)
    wrong = lint.problems(blueprint, house.settings.portfolio_root)
    if wrong:
        raise UnfitDraft("\n".join(str(problem) for problem in wrong))
    placed = placing.place(house.settings.portfolio_root, files)
    if not _told_live(house, replace(draft, files=files), by):
        placing.take_out(house.settings.portfolio_root, placed)
        with house.ledger.begin() as tx:
            raise _unfit(tx, row, DraftState.LIVE)
    return proposal.of_id(house, row)


def _told_live(house: House, draft: Draft, by: str) -> bool:
    """Note and signal that a draft is live; False where it was rejected meanwhile."""
    with house.ledger.begin() as tx:
        if not drafts.move(tx, draft.id, DraftState.LIVE, files=draft.files):
            now = drafts.known(tx, draft.id)
            return now is not None and now.state is DraftState.LIVE  # by another who did the same
        drafts.decide(tx, Decision(draft.provider, Kind.GO_LIVE, by, "", tx.now, draft.id))
        for name in Blueprint(draft.provider, draft.files).collections:
            changed = PortfolioChanged(
                name, draft.provider, by, f"onboarded from {draft.origin}", kept(tx, name)
            )
            outbox.append(tx, events.collection_live(changed, tx.now))
    return True


def kept(tx: Transaction, collection: str) -> int:
    """Return how many items of a collection are published."""
    return progress.progress(tx, collection).published


def _decided(
    house: House, row: DraftId, after: DraftState, kind: Kind, by: str, reason: str
) -> Draft:
    draft = proposal.of_id(house, row)
    with house.ledger.begin() as tx:
        if not drafts.move(tx, row, after):
            raise _unfit(tx, row, after)
        drafts.decide(tx, Decision(draft.provider, kind, by, reason, tx.now, row))
    return proposal.of_id(house, row)


def _unfit(tx: Transaction, row: DraftId, wanted: str) -> UnfitState:
    draft = drafts.known(tx, row)
    state = draft.state if draft else "gone"
    remedies = {
        DraftState.DRAFTED: "probe it first",
        DraftState.DOUBTED: "correct what its probe found, and probe it again",
        DraftState.PASSED: "let somebody approve it first",
        DraftState.LIVE: "it is in the portfolio already",
    }
    told = remedies.get(DraftState(state), "draft it anew") if draft else "draft it anew"
    return UnfitState(f"expected a draft that can be {wanted}, draft {row} is {state}; {told}")


def _paused(path: str, text: str, paused: bool | None) -> str:
    if paused is None or not path.startswith(COLLECTIONS):
        return text
    document = loaded(text)
    document.pop("paused", None)
    document.insert(1, "paused", paused)
    return dumped(document)
