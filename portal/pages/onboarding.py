"""New providers and collections: written, tried out, approved, taken out again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from harvesters.errors import HarvestError
from inlet.errors import InletError
from inlet.house import House
from inlet.onboarding import decisions, offboarding, proposal, report
from inlet.onboarding.wish import Wish, credentials_of
from lake.ledger import drafts
from lake.ledger.drafts import Draft, DraftId, DraftState
from portal.pages.airflow import AlreadyAnswered, Answer, NotAnswered, NotStarted
from portal.pages.desk import Desk
from portal.pages.door import Visitor
from portal.pages.rows import Row

ONBOARD, APPROVAL = "onboard", "approval"
"""The DAG that tries a draft out, and its task that waits for a person."""
_REFUSED = (InletError, HarvestError, OSError)
_SAID = {"Approve": "It was approved.", "Reject": "It was rejected."}
_LATE = "Somebody has answered its run already. If nothing comes of it, try it out again."


def router(desk: Desk) -> APIRouter:
    """Return ``/onboarding`` and what is below it."""
    routes = APIRouter(prefix="/onboarding")
    _add_list(desk, routes)
    _add_draft(desk, routes)
    _add_decisions(desk, routes)
    return routes


def _add_list(desk: Desk, routes: APIRouter) -> None:
    """Add the list, and the form of a new draft."""
    Reading = Annotated[Visitor, Depends(desk.door.read)]  # noqa: N806 - a type
    Deciding = Annotated[Visitor, Depends(desk.door.sealed)]  # noqa: N806 - a type
    Line = Annotated[str, Form(max_length=500)]  # noqa: N806 - a type

    @routes.get("")
    def show(request: Request, visitor: Reading) -> Response:
        house = desk.house()
        with house.ledger.begin() as tx:
            known = drafts.listed(tx)
        return desk.page(request, visitor, "onboarding.html", drafts=known, live=_live(house))

    @routes.post("/add")
    def add(
        request: Request,
        by: Deciding,
        origin: Annotated[str, Form(max_length=100_000)],
        name: Line = "",
        collections: Annotated[str, Form(max_length=10_000)] = "",
        credential: Line = "",
        around: Line = "",
    ) -> Response:
        try:
            wish = Wish(
                origin=origin.strip().replace("\r\n", "\n"),
                name=name.strip() or None,
                collections=tuple(collections.split()),
                credentials=credentials_of([credential]),
            )
            draft = proposal.propose(desk.house(), wish, by.name)
        except _REFUSED as why:
            return desk.back(request, "onboarding", str(why), is_trouble=True)
        return _tried(desk, request, by, draft.id, around.strip())


def _add_draft(desk: Desk, routes: APIRouter) -> None:
    """Add the page of one draft, and its trying out."""
    Reading = Annotated[Visitor, Depends(desk.door.read)]  # noqa: N806 - a type
    Deciding = Annotated[Visitor, Depends(desk.door.sealed)]  # noqa: N806 - a type
    Line = Annotated[str, Form(max_length=500)]  # noqa: N806 - a type

    @routes.get("/{row}")
    def look(request: Request, visitor: Reading, row: Row) -> Response:
        house = desk.house()
        try:
            draft = proposal.of_id(house, DraftId(row))
        except InletError as why:
            return desk.back(request, "onboarding", str(why), is_trouble=True)
        with house.ledger.begin() as tx:
            made = drafts.decisions(tx, draft.provider)
        return desk.page(
            request,
            visitor,
            "onboarding_draft.html",
            draft=draft,
            probe=decisions.report_of(draft),
            report=report,
            made=made,
            is_under_way=draft.state is DraftState.DRAFTED,
        )

    @routes.post("/{row}/probe")
    def probe(request: Request, by: Deciding, row: Row, around: Line = "") -> Response:
        return _tried(desk, request, by, DraftId(row), around.strip())


def _add_decisions(desk: Desk, routes: APIRouter) -> None:
    """Add what a person decides about a draft, or about a provider that is live."""
    Deciding = Annotated[Visitor, Depends(desk.door.sealed)]  # noqa: N806 - a type
    Reason = Annotated[str, Form(max_length=2000)]  # noqa: N806 - a type

    @routes.post("/{row}/approve")
    def approve(
        request: Request,
        by: Deciding,
        row: Row,
        reason: Reason = "",
        paused: Annotated[bool, Form()] = False,
    ) -> Response:
        form = {"reason": reason.strip(), "paused": paused}
        return _decided(desk, request, by, DraftId(row), "Approve", form)

    @routes.post("/{row}/reject")
    def reject(request: Request, by: Deciding, row: Row, reason: Reason = "") -> Response:
        form = {"reason": reason.strip(), "paused": None}
        return _decided(desk, request, by, DraftId(row), "Reject", form)

    @routes.post("/live/{provider}/remove")
    def remove(request: Request, by: Deciding, provider: str, reason: Reason = "") -> Response:
        if not reason.strip():
            said = "Nothing was taken out: write down why."
            return desk.back(request, "onboarding", said, is_trouble=True)
        try:
            out = offboarding.remove(desk.house(), provider, by.name, reason.strip())
        except _REFUSED as why:
            return desk.back(request, "onboarding", str(why), is_trouble=True)
        stay = sum(out.items.values())
        said = f"{provider} is harvested no more; {stay} items stay published."
        return desk.back(request, f"onboarding/{out.draft}", said)


def _tried(desk: Desk, request: Request, by: Visitor, row: DraftId, around: str) -> Response:
    now = desk.house().ledger.clock()
    conf = {"draft": row, "around": _day(around)}
    try:
        desk.airflow.start(ONBOARD, f"draft-{row}__{now:%Y%m%dT%H%M%S}", conf, by.name)
    except NotStarted as why:
        said = f"Draft {row} is kept and was not tried out: {why}"
        return desk.back(request, f"onboarding/{row}", said, is_trouble=True)
    return desk.back(request, f"onboarding/{row}", "It is being tried out.")


def _decided(
    desk: Desk,
    request: Request,
    by: Visitor,
    row: DraftId,
    chosen: str,
    form: Mapping[str, object],
) -> Response:
    """Answer the run that waits for it; where none does, decide here."""
    place = f"onboarding/{row}"
    reason = str(form["reason"])
    if not reason:
        return desk.back(request, place, "Nothing was decided: write down why.", is_trouble=True)
    house = desk.house()
    try:
        draft = proposal.of_id(house, row)
        if _is_answered(desk, draft, chosen, form, by):
            return desk.back(request, place, f"{_SAID[chosen]} Its run goes on.")
        if chosen == "Reject":
            decisions.reject(house, row, by.name, reason)
            return desk.back(request, place, _SAID[chosen])
        if draft.state is not DraftState.APPROVED:  # else it did not come to go live
            decisions.approve(house, row, by.name, reason)
        decisions.go_live(house, row, by.name, paused=bool(form["paused"]))
    except AlreadyAnswered:
        return desk.back(request, place, _LATE, is_trouble=True)
    except _REFUSED as why:
        return desk.back(request, place, str(why), is_trouble=True)
    return desk.back(request, place, "It is in the portfolio; its DAGs appear within a minute.")


def _is_answered(
    desk: Desk, draft: Draft, chosen: str, form: Mapping[str, object], by: Visitor
) -> bool:
    if draft.run is None:
        return False
    try:
        desk.airflow.answer(Answer(ONBOARD, draft.run, APPROVAL, chosen, form, by.name))
    except NotAnswered:
        return False
    return True


def _live(house: House) -> list[tuple[str, str, list[str]]]:
    """Return each live provider with its title and the collections that come from it."""
    found = house.portfolio
    return [
        (
            name,
            provider.title,
            [
                collection
                for collection, described in found.collections.items()
                if any(source.provider == name for source in described.sources)
            ],
        )
        for name, provider in found.providers.items()
    ]


def _day(text: str) -> str | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        return None
