"""A query-string search (as resto and others have it): pages by number, counted from one."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from sandbox.gate import gate
from sandbox.orders import Json
from sandbox.paging import Cutter
from sandbox.records import record
from sandbox.showing import show
from sandbox.stac_query import BadQuery, Search, SortKey
from sandbox.stock import TheStock, base_url

ROOM = "opensearch"
router = APIRouter(prefix=f"/{ROOM}", tags=[ROOM], dependencies=[Depends(gate)])

_SORTED_BY = {"begin": "start_datetime", "modified": "updated", "published": "published"}


class Asked(BaseModel):
    """The query. ``modifiedAfter`` belongs to what is found, ``modifiedBefore`` does not."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    since: str = Field("..", alias="from")
    until: str = Field("..", alias="to")
    modified_after: str | None = Field(None, alias="modifiedAfter")
    modified_before: str | None = Field(None, alias="modifiedBefore")
    wkt: str | None = None  # all products are global
    order: str = "begin:asc"
    rows: int = Field(20, ge=1)
    page: int = Field(1, ge=1)

    def search(self, collection: str) -> Search:
        """The same as a STAC search. Raises BadQuery."""
        stamps = {"gte": self.modified_after, "lt": self.modified_before}
        told: dict[str, Any] = {name: text for name, text in stamps.items() if text}
        field, _, direction = self.order.partition(":")
        if field not in _SORTED_BY:
            raise BadQuery(f"expected an order of {sorted(_SORTED_BY)}, came {field!r}")
        return Search(
            collections=[collection],
            ids=[self.id] if self.id else None,
            datetime=f"{self.since}/{self.until}",
            query={"updated": told} if told else None,
            sortby=[SortKey(field=_SORTED_BY[field], direction=direction or "asc")],
        )


@router.get("/{collection}/search")
def search(
    request: Request, stock: TheStock, collection: str, asked: Annotated[Asked, Query()]
) -> Json:
    """A page and how many there are in all."""
    try:
        found = stock.search(asked.search(collection))
    except BadQuery as error:
        raise HTTPException(400, str(error)) from error
    rows = min(asked.rows, stock.settings.page_cap)
    page = Cutter(stock.faults, ROOM, request.url.path).cut(found, (asked.page - 1) * rows, rows)
    data = f"{base_url(request)}/{ROOM}/data"
    items = [record(data, show(stock, ROOM, product)) for product in page.products]
    counted = {} if page.stated is None else {"total": page.stated}
    return {**counted, "page": asked.page, "items": items}
