"""An item revision: its picture and place, what it holds, how it was judged, whence it came."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from inlet import documents, places
from inlet.house import House
from lake.errors import MissingObject
from lake.ledger import items, shown
from lake.ledger.items import LedgeredItem
from lake.nouns import Cube, ItemId
from portal.pages import opening, world
from portal.pages.desk import Desk
from portal.pages.door import Visitor
from portal.pages.rows import Row
from portal.pages.world import Outline

_SANDBOXED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""A page that was made from a provider's words is shown, and runs nothing."""
_BESIDE = {
    "picture.png": (places.quicklook, "image/png"),
    "quality.html": (places.report, "text/html; charset=utf-8"),
    "datadocs.html": (places.data_docs, "text/html; charset=utf-8"),
}
"""What lies beside a cube and is shown as it is: where it is, and what it is."""
_CORNERS = (4, 6)
"""How many numbers a box on the ground has, and one with heights."""


def router(desk: Desk) -> APIRouter:
    """Return ``/items/{row}``, by the ledger's id of the revision, and what lies beside it."""
    routes = APIRouter(prefix="/items/{row}")

    @routes.get("")
    def show(
        request: Request, visitor: Annotated[Visitor, Depends(desk.door.read)], row: Row
    ) -> Response:
        house = desk.house()
        item = _known(house, row)
        cube = documents.to_cube(item.cube) if item.cube else None
        return desk.page(
            request,
            visitor,
            "item.html",
            item=item,
            cube=cube,
            verdict=documents.to_verdict(item.verdict) if item.verdict else None,
            outline=_outline(cube, item.stac),
            ways=opening.ways(item.stac) if item.stac else [],
            properties=_plain(item.stac),
            **_ledgered(house, item),
        )

    @routes.get("/{name}", dependencies=[Depends(desk.door.read)])
    def beside(row: Row, name: str) -> Response:
        house = desk.house()
        place, media_type = _BESIDE.get(name) or _missing(name)
        try:
            with house.store.local(place(_known(house, row))) as file:
                content = file.read_bytes()
        except MissingObject as missing:
            raise HTTPException(HTTPStatus.NOT_FOUND, str(missing)) from missing
        headers = {"Cache-Control": "private, max-age=600"}
        if media_type.startswith("text/html"):
            headers["Content-Security-Policy"] = _SANDBOXED
        return Response(content, media_type=media_type, headers=headers)

    return routes


def _ledgered(house: House, item: LedgeredItem) -> dict[str, Any]:
    """Return what the ledger knows of an item beside its own row."""
    with house.ledger.begin() as tx:
        return {
            "granules": items.granules_of(tx, item.id),
            "offers": shown.offers_of(tx, item.collection, item.key),
            "revisions": shown.revisions(tx, item.collection, item.key),
            "decisions": shown.decisions(tx, [item.id]).get(item.id, []),
            "signals": shown.signals(tx, f"{item.collection}/{item.key}"),
        }


def _known(house: House, row: int) -> LedgeredItem:
    with house.ledger.begin() as tx:
        found = items.known(tx, ItemId(row))
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no item revision {row}")
    return found


def _outline(cube: Cube | None, stac: Any) -> Outline | None:  # noqa: ANN401 - JSON
    """Return the place of a cube, or that which an item that was handed in says of itself."""
    if cube is not None:
        return world.outline(cube.bbox)
    box: list[float] = (stac or {}).get("bbox") or []
    if len(box) not in _CORNERS:
        return None
    half = len(box) // 2
    return world.outline((box[0], box[1], box[half], box[half + 1]))


def _missing(name: str) -> Any:  # noqa: ANN401 - it never returns
    raise HTTPException(HTTPStatus.NOT_FOUND, f"expected one of {', '.join(_BESIDE)}, came {name}")


def _plain(stac: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the properties that one line can show."""
    found = (stac or {}).get("properties", {})
    return {name: v for name, v in found.items() if isinstance(v, str | int | float | bool)}
