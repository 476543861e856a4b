"""What was asked for on demand, and what was told of items and harvests: sent, or waiting."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from lake.ledger import gauges, requests, shown
from portal.pages.board import HARVEST
from portal.pages.desk import Desk
from portal.pages.door import Visitor
from portal.pages.rows import Row


def router(desk: Desk) -> APIRouter:
    """Return ``/events``."""
    routes = APIRouter(prefix="/events")

    @routes.get("")
    def show(
        request: Request,
        visitor: Annotated[Visitor, Depends(desk.door.read)],
        before: Row | None = None,
    ) -> Response:
        house = desk.house()
        with house.ledger.begin() as tx:
            values = {
                "requests": requests.recent(tx, shown.PAGE),
                "signals": shown.signals(tx, before=before),
                "waiting": gauges.waiting(tx),
                "deliveries": _by_subscription(gauges.deliveries(tx)),
            }
        topic = house.settings.kafka_items if house.settings.kafka else None
        return desk.page(
            request, visitor, "events.html", topic=topic, dag=HARVEST, page=shown.PAGE, **values
        )

    return routes


def _by_subscription(counts: list[gauges.Count]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for count in counts:
        found.setdefault(count.whose, {})[count.state] = count.count
    return found
