"""A draft tried out, with what was found kept beside it while it goes on."""

from dataclasses import replace

from inlet.house import House
from inlet.onboarding import decisions, proposal
from inlet.onboarding.blueprint import Blueprint
from inlet.onboarding.findings import Probe, Step, of_probe
from inlet.onboarding.probe import Notice, Trial, probe, unheard
from lake.ledger import drafts
from lake.ledger.drafts import Draft, DraftId


def try_out(
    house: House, row: DraftId, trial: Trial | None = None, notice: Notice = unheard
) -> tuple[Draft, Probe]:
    """Probe a draft; each step is in the ledger as soon as it ends, and what follows at the end.

    Raises:
        UnknownDraft: there is none of that id.
        UnfitState: it has gone live, or was taken out, meanwhile.
    """
    draft = proposal.of_id(house, row)
    began = house.ledger.clock()
    so_far = Probe(draft.provider, began, 0.0, ())

    def heard(step: Step) -> None:
        nonlocal so_far
        seconds = (house.ledger.clock() - began).total_seconds()
        so_far = replace(so_far, seconds=seconds, steps=(*so_far.steps, step))
        with house.ledger.begin() as tx:
            drafts.note(tx, row, of_probe(so_far))
        notice(step)

    found = probe(house, Blueprint(draft.provider, draft.files), trial, heard)
    return decisions.keep(house, draft, found), found
