"""A search by POST of a JSON document: ``size`` products from the one at place ``from``."""

from typing import Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from sandbox.gate import gate
from sandbox.orders import Json
from sandbox.paging import Cutter
from sandbox.records import record
from sandbox.showing import show
from sandbox.stac_query import BadQuery, Search, SortKey
from sandbox.stock import TheStock, base_url

ROOM = "postjson"
router = APIRouter(prefix=f"/{ROOM}", tags=[ROOM], dependencies=[Depends(gate)])

Relation = Literal["gte", "gt", "lte", "lt", "eq"]
_FIELDS = {"begin": "start_datetime", "finish": "end_datetime", "modified": "updated"}


class Order(BaseModel):
    """What to sort by."""

    model_config = ConfigDict(extra="forbid")

    field: Literal["begin", "finish", "modified"]
    order: Literal["asc", "desc"] = "asc"


class Asked(BaseModel):
    """The document. Anything else in it is refused, never dropped."""

    model_config = ConfigDict(extra="forbid")

    collection: str
    ids: list[str] | None = None
    begin: dict[Relation, str] = {}
    finish: dict[Relation, str] = {}
    modified: dict[Relation, str] = {}
    sort: list[Order] = []
    size: int = Field(20, ge=1)
    start: int = Field(0, alias="from", ge=0)

    def search(self) -> Search:
        """The same as a STAC search."""
        conditions = {"begin": self.begin, "finish": self.finish, "modified": self.modified}
        query: dict[str, dict[str, Any]] = {
            _FIELDS[name]: {str(relation): time for relation, time in condition.items()}
            for name, condition in conditions.items()
            if condition
        }
        keys = [SortKey(field=_FIELDS[key.field], direction=key.order) for key in self.sort]
        return Search(
            collections=[self.collection], ids=self.ids, query=query or None, sortby=keys or None
        )


@router.post("/search")
def search(request: Request, stock: TheStock, asked: Asked) -> Json:
    """A page and how many there are in all."""
    try:
        found = stock.search(asked.search())
    except BadQuery as error:
        raise HTTPException(400, str(error)) from error
    size = min(asked.size, stock.settings.page_cap)
    subject = f"{request.url.path} {asked.collection}"
    page = Cutter(stock.faults, ROOM, subject).cut(found, asked.start, size)
    data = f"{base_url(request)}/{ROOM}/data"
    listed = [record(data, show(stock, ROOM, product)) for product in page.products]
    counted = {} if page.stated is None else {"total": page.stated}
    return {"hits": {**counted, "list": listed}}
