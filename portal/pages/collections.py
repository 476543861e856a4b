"""A collection: its newest items in pictures, its discoveries, its orders, and its troubles."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from inlet.house import House
from lake.ledger import progress, shown, windows
from lake.ledger.states import ItemState
from portal.pages import board
from portal.pages.airflow import NotStarted
from portal.pages.board import HARVEST
from portal.pages.desk import Desk
from portal.pages.door import Visitor
from portal.pages.rows import Row

_WINDOWS = 12
_WAITS = "A harvest since the cursor waits: its DAG is paused. Unpause the DAG, and it runs."


def router(desk: Desk) -> APIRouter:
    """Return ``/collections/{name}`` and the harvest that is asked for there."""
    routes = APIRouter()
    _add_page(desk, routes)
    _add_harvest(desk, routes)
    return routes


def _add_page(desk: Desk, routes: APIRouter) -> None:
    """Add a collection's page, by its name and by that of its DAG."""

    @routes.get("/collections/{name}")
    def show(
        request: Request,
        visitor: Annotated[Visitor, Depends(desk.door.read)],
        name: str,
        state: ItemState | None = None,
        before: Row | None = None,
    ) -> Response:
        house = desk.house()
        line = next((row for row in board.lines(house, desk.airflow, name)), None)
        problems = [p for p in house.portfolio.problems if p.file.stem == name]
        if line is None and not problems:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no collection {name!r}")
        return desk.page(
            request,
            visitor,
            "collection.html",
            name=name,
            line=line,
            problems=problems,
            state=state,
            states=list(ItemState),
            page=shown.PAGE,
            **_ledgered(house, name, state, before),
        )

    @routes.get("/dags/{dag}")
    def of_dag(
        request: Request, visitor: Annotated[Visitor, Depends(desk.door.read)], dag: str
    ) -> Response:
        if dag.startswith(HARVEST):
            return show(request, visitor, dag.removeprefix(HARVEST))
        return desk.page(request, visitor, "elsewhere.html", dag=dag)


def _add_harvest(desk: Desk, routes: APIRouter) -> None:
    """Add the harvest that somebody asks for."""

    @routes.post("/collections/{name}/harvest")
    def harvest(
        request: Request, visitor: Annotated[Visitor, Depends(desk.door.sealed)], name: str
    ) -> Response:
        dag, back = f"{HARVEST}{name}", f"collections/{name}"
        now = desk.house().ledger.clock()
        try:
            desk.airflow.start(dag, f"inlet__{now:%Y%m%dT%H%M%S}", {}, visitor.name)
        except NotStarted as why:
            return desk.back(request, back, str(why), is_trouble=True)
        known = desk.airflow.dags([dag]).get(dag)
        if known is not None and known.is_paused:
            return desk.back(request, back, _WAITS, is_trouble=True)
        return desk.back(request, back, "A harvest since the cursor was started.")


def _ledgered(
    house: House, name: str, state: ItemState | None, before: int | None
) -> dict[str, Any]:
    """Return what the ledger knows of a collection; of its items a page, older than ``before``."""
    with house.ledger.begin() as tx:
        return {
            "items": shown.items(tx, name, [state] if state else (), before),
            "windows": windows.recent(tx, _WINDOWS, name),
            "orders": shown.orders(tx, name),
            "troubles": progress.troubles(tx, name, shown.PAGE),
        }
