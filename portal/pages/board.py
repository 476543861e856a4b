"""The board: one row for each collection, and whether the promise about it is kept."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from inlet.collection import Collection
from inlet.house import House
from inlet.portfolio import Portfolio
from lake.ledger import gauges, shown
from lake.ledger.gauges import Count, Mark
from lake.ledger.shown import Newest
from lake.ledger.states import ItemState, OfferState
from portal.pages.airflow import Airflow, Counted, Dag
from portal.pages.desk import Desk
from portal.pages.door import Visitor
from portal.pages.drawing import age

HARVEST = "harvest_"
"""What stands before a collection's id in the id of its DAG."""

_INTERVALS = 2
"""How many turns of its schedule a collection may lie behind: one to run, one to fail."""
_O, _I = OfferState, ItemState
_OF_OFFERS = (_O.DISCOVERED, _O.ORDERING, _O.ORDERED, _O.READY)
_OF_ITEMS = (_I.ASSEMBLING, _I.CONVERTED, _I.JUDGED)
_BACKLOG: tuple[str, ...] = (*_OF_OFFERS, *_OF_ITEMS)
_LISTED: tuple[str, ...] = (_O.NO_DATA, _I.INVALID)
"""What is not here for a reason that will stay; offers and items have "invalid" alike."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a collection's offers and items are where."""

    published: int
    backlog: int
    failed: int
    held_back: int
    listed: int


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the board; ``behind`` says why the promise is broken, None where it is kept."""

    name: str
    collection: Collection
    tally: Tally
    newest: Newest | None
    mark: Mark | None
    open_windows: int
    dag: Dag | None
    census: Counted | None
    behind: str | None


def router(desk: Desk) -> APIRouter:
    """Return the board, which is where the pages begin."""
    routes = APIRouter()

    @routes.get("/")
    def show(request: Request, visitor: Annotated[Visitor, Depends(desk.door.read)]) -> Response:
        house = desk.house()
        rows = lines(house, desk.airflow)
        with house.ledger.begin() as tx:
            waiting = gauges.waiting(tx)
        return desk.page(
            request,
            visitor,
            "board.html",
            lines=rows,
            problems=house.portfolio.problems,
            waiting=waiting,
            behind=[line for line in rows if line.behind],
        )

    return routes


def lines(house: House, airflow: Airflow, only: str | None = None) -> list[Line]:
    """Return the rows of the board in the order of their names: eight questions for them all."""
    known = house.portfolio.collections
    collections = {name: c for name, c in known.items() if only in {None, name}}
    with house.ledger.begin() as tx:
        now = tx.now
        tallies = _tallies(gauges.offers(tx) + gauges.items(tx))
        newest, marks = shown.newest(tx), _oldest(gauges.watermarks(tx))
        open_windows: Counter[str] = Counter()
        for found in gauges.unaccounted(tx):
            open_windows[found.collection] += found.count
    dags = airflow.dags([f"{HARVEST}{name}" for name in collections])
    censuses = airflow.censuses()
    return [
        Line(
            name=name,
            collection=collection,
            tally=tallies.get(name, Tally(0, 0, 0, 0, 0)),
            newest=newest.get(name),
            mark=(mark := marks.get(name)),
            open_windows=open_windows[name],
            dag=(dag := dags.get(f"{HARVEST}{name}")),
            census=censuses.get(name),
            behind=_behind(dag, mark, now, _lateness(house.portfolio, collection)),
        )
        for name, collection in sorted(collections.items())
    ]


def _tallies(counts: Iterable[Count]) -> dict[str, Tally]:
    by_name: dict[str, Counter[str]] = defaultdict(Counter)
    for count in counts:
        by_name[count.whose][count.state] += count.count
    return {name: _tally(states) for name, states in by_name.items()}


def _tally(states: Counter[str]) -> Tally:
    return Tally(
        published=states[_I.PUBLISHED],
        backlog=sum(states[state] for state in _BACKLOG),
        failed=states[_I.FAILED],
        held_back=states[_I.QUARANTINED],
        listed=sum(states[state] for state in _LISTED),
    )


def _oldest(marks: list[Mark]) -> Mapping[str, Mark]:
    """Return of each collection the cursor that is furthest behind."""
    found: dict[str, Mark] = {}
    for mark in marks:
        if mark.collection not in found or mark.position < found[mark.collection].position:
            found[mark.collection] = mark
    return found


def _behind(dag: Dag | None, mark: Mark | None, now: datetime, lateness: timedelta) -> str | None:
    """Return in what the promise about a collection is broken; a paused one promises nothing."""
    if dag is None:
        return "Airflow has no DAG for it; its DAG processor has not read the file, or cannot"
    if dag.is_paused or dag.every is None:
        return None
    if mark is None:
        return "no window of it is accounted for yet" if dag.last else None
    allowed = _INTERVALS * dag.every + lateness
    if now - mark.position <= allowed:
        return None
    return f"promised within {age(allowed.total_seconds())}, accounted for later"


def _lateness(portfolio: Portfolio, collection: Collection) -> timedelta:
    """Return how late data of a collection may come, by any of its sources."""
    return max(
        source.lateness or portfolio.providers[source.provider].lateness
        for source in collection.sources
    )
