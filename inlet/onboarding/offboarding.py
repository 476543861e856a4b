"""A provider or a collection taken out of the portfolio: harvested no more, and nothing lost."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog import events
from catalog.events import PortfolioChanged
from inlet.errors import UnfitDraft
from inlet.house import House
from inlet.onboarding import blueprint as blueprints
from inlet.onboarding import placing, proposal
from inlet.onboarding.blueprint import COLLECTIONS, PROVIDERS, Blueprint
from inlet.onboarding.decisions import kept
from inlet.portfolio import load
from lake.ledger import drafts, outbox
from lake.ledger.drafts import Decision, Draft, DraftId, DraftState, Kind
from lake.ledger.ledger import Transaction

_ORIGIN = "the portfolio"


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken out: the draft that keeps its files, and how many items stay published."""

    provider: str
    draft: DraftId
    items: Mapping[str, int]


def remove(
    house: House, provider: str, by: str, reason: str, collection: str | None = None
) -> Removed:
    """Take a provider with its collections out, or one collection; data and items stay.

    Its files are kept in the ledger, from where they can be proposed anew. One event for each
    collection says so, once its files are out. Where that broke off, the next call finishes it.

    Raises:
        UnfitDraft: the portfolio has no such provider or collection, or a collection has other
            sources, too.
        OSError: a file could not be taken out; nothing was told yet.
    """
    draft = _begun(house, provider, collection) or _begin(house, provider, by, collection)
    placing.take_out(house.settings.portfolio_root, draft.files)
    return Removed(provider, draft.id, _tell(house, draft, by, reason))


def _begun(house: House, provider: str, collection: str | None) -> Draft | None:
    """Return the draft of such a removal that nobody was told of yet."""
    name = f"{PROVIDERS}/{provider}" if collection is None else f"{COLLECTIONS}/{collection}"
    path, is_whole = f"{name}.yaml", collection is None
    with house.ledger.begin() as tx:
        known = drafts.listed(tx, provider)
        alike = [d for d in known if path in d.files and (is_whole or len(d.files) == 1)]
        if not alike or alike[0].state is not DraftState.REMOVED or _is_told(tx, alike[0]):
            return None
    return None if placing.others(house.settings.portfolio_root, alike[0].files) else alike[0]


def _is_told(tx: Transaction, draft: Draft) -> bool:
    made = [d.kind for d in drafts.decisions(tx, draft.provider) if d.draft == draft.id]
    return made[-1:] == [Kind.REMOVE]


def _begin(house: House, provider: str, by: str, collection: str | None) -> Draft:
    whole = blueprints.live(house.settings.portfolio_root, provider)
    out = whole if collection is None else _only(whole, collection)
    if collection is None:
        _require_alone(house, whole)
    with house.ledger.begin() as tx:
        row = _kept_as(tx, out, by, is_whole=collection is None)
    return proposal.of_id(house, row)


def _tell(house: House, draft: Draft, by: str, reason: str) -> Mapping[str, int]:
    """Note and signal that the files of a draft are out; return how many items stay."""
    with house.ledger.begin() as tx:
        made = Decision(draft.provider, Kind.REMOVE, by, reason, tx.now, draft.id)
        drafts.decide(tx, made)
        items = {name: kept(tx, name) for name in proposal.collections_of(draft)}
        for name, count in items.items():
            changed = PortfolioChanged(name, draft.provider, by, reason, count)
            outbox.append(tx, events.collection_removed(changed, draft.updated_at))
    return items


def _only(whole: Blueprint, collection: str) -> Blueprint:
    path = f"{COLLECTIONS}/{collection}.yaml"
    if path not in whole.files:
        known = ", ".join(whole.collections) or "none"
        raise UnfitDraft(
            f"expected a collection of {whole.provider} ({known}), came {collection!r}"
        )
    return Blueprint(whole.provider, {path: whole.files[path]})


def _require_alone(house: House, whole: Blueprint) -> None:
    found = load(house.settings.portfolio_root).collections
    shared = [name for name in whole.collections if len(found[name].sources) > 1]
    if shared:
        raise UnfitDraft(
            f"expected collections that come from {whole.provider} alone, {', '.join(shared)} "
            f"have other sources, too; take {whole.provider} out of their `sources` first"
        )


def _kept_as(tx: Transaction, out: Blueprint, by: str, *, is_whole: bool) -> DraftId:
    """Return the draft that keeps the files: the newest that went live, else one made for that.

    Nothing of a provider that is out stays live.
    """
    gone = [
        draft.id
        for draft in drafts.listed(tx, out.provider)
        if (is_whole or set(draft.files) == set(out.files))
        and drafts.move(tx, draft.id, DraftState.REMOVED, files=dict(out.files))
    ]
    if gone:
        return gone[0]
    return drafts.add(tx, out.provider, _ORIGIN, out.files, by, DraftState.REMOVED)
