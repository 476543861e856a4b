"""What the gate held back, with its evidence, and what a person decides about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from inlet import documents, judgement, quarantine
from inlet.errors import ForSomebody, NotQuarantined, UnknownItem
from inlet.house import House
from lake.ledger import shown
from lake.ledger.quarantine import Decision
from lake.ledger.shown import ItemRow
from lake.ledger.states import ItemState
from lake.nouns import Finding, ItemId
from portal.pages.airflow import NotStarted
from portal.pages.desk import Desk
from portal.pages.door import Visitor
from portal.pages.rows import Row

GO_ON = "go_on"
"""The DAG that brings an item on once somebody has decided about it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A revision in quarantine: by which suite, what it has against it, what was decided."""

    item: ItemRow
    suite: str
    against: tuple[Finding, ...]
    decisions: tuple[Decision, ...]


def router(desk: Desk) -> APIRouter:
    """Return ``/quarantine`` and the three decisions about an item of it."""
    routes = APIRouter(prefix="/quarantine")
    _add_list(desk, routes)
    _add_decisions(desk, routes)
    return routes


def _add_list(desk: Desk, routes: APIRouter) -> None:
    """Add what is held back."""

    @routes.get("")
    def show(
        request: Request,
        visitor: Annotated[Visitor, Depends(desk.door.read)],
        collection: str | None = None,
        before: Row | None = None,
    ) -> Response:
        held = _held(desk.house(), collection, before)
        return desk.page(
            request, visitor, "quarantine.html", held=held, collection=collection, page=shown.PAGE
        )


def _add_decisions(desk: Desk, routes: APIRouter) -> None:
    """Add what a person may decide about it."""
    Deciding = Annotated[Visitor, Depends(desk.door.sealed)]  # noqa: N806 - a type
    Reason = Annotated[str, Form(max_length=2000)]  # noqa: N806 - a type

    @routes.post("/{row}/release")
    def release(request: Request, by: Deciding, row: Row, reason: Reason = "") -> Response:
        def decide(house: House) -> None:
            quarantine.release(house, ItemId(row), by.name, reason.strip())

        return _decided(desk, request, by, row, reason, decide, "released")

    @routes.post("/{row}/retry")
    def retry(
        request: Request,
        by: Deciding,
        row: Row,
        reason: Reason = "",
        convert: Annotated[bool, Form()] = False,
    ) -> Response:
        def decide(house: House) -> None:
            quarantine.retry(house, ItemId(row), by.name, reason.strip(), convert=convert)

        return _decided(desk, request, by, row, reason, decide, "tried again")

    @routes.post("/{row}/discard")
    def discard(request: Request, by: Deciding, row: Row, reason: Reason = "") -> Response:
        def decide(house: House) -> None:
            quarantine.discard(house, ItemId(row), by.name, reason.strip())

        return _decided(desk, request, by, row, reason, decide, "discarded", goes_on=False)


def _decided(
    desk: Desk,
    request: Request,
    by: Visitor,
    row: int,
    reason: str,
    decide: Callable[[House], None],
    done: str,
    *,
    goes_on: bool = True,
) -> Response:
    """Decide, have the item brought on by a run of its own, and tell what came of it."""
    if not reason.strip():
        said = "Nothing was decided: write down why; the item will show it."
        return desk.back(request, "quarantine", said, is_trouble=True)
    house = desk.house()
    try:
        decide(house)
    except (NotQuarantined, UnknownItem, ForSomebody) as why:
        return desk.back(request, "quarantine", str(why), is_trouble=True)
    if not goes_on:
        return desk.back(request, "quarantine", f"Item {row} was {done}.")
    try:
        run = f"{done.replace(' ', '_')}__{row}__{house.ledger.clock():%Y%m%dT%H%M%S}"
        desk.airflow.start(GO_ON, run, {"item": row}, by.name)
    except NotStarted as why:
        said = f"Item {row} is {done}; the next harvest of its collection brings it on ({why})."
        return desk.back(request, f"items/{row}", said, is_trouble=True)
    return desk.back(request, f"items/{row}", f"Item {row} is being {done}.")


def _held(house: House, collection: str | None, before: int | None) -> list[Held]:
    held_back = (ItemState.QUARANTINED,)
    with house.ledger.begin() as tx:
        rows = shown.items(tx, collection, held_back, before, with_verdict=True)
        decisions = shown.decisions(tx, [row.id for row in rows])
    return [_one(row, tuple(decisions.get(row.id, ()))) for row in rows]


def _one(row: ItemRow, decisions: tuple[Decision, ...]) -> Held:
    if row.verdict is None:
        return Held(row, "not judged", (), decisions)
    verdict = documents.to_verdict(row.verdict)
    suite = f"{verdict.suite}@{verdict.version}"
    return Held(row, suite, judgement.failed(verdict), decisions)
