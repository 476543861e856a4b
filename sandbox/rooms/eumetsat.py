"""The EUMETSAT Data Store's OpenSearch: GeoJSON, pages by number, counted from zero."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from sandbox.gate import gate
from sandbox.orders import Json
from sandbox.paging import Cutter
from sandbox.records import url, written
from sandbox.showing import Shown, show
from sandbox.stac_query import WORLD, BadQuery, Search, SortKey
from sandbox.stock import TICKS, TheStock, base_url

ROOM = "eumetsat"
COLLECTIONS = {"EO:EUM:DAT:TICKS": TICKS}
router = APIRouter(prefix=f"/{ROOM}", tags=[ROOM], dependencies=[Depends(gate)])

_SORTED_BY = {"start": "start_datetime", "publicationDate": "published"}


class Asked(BaseModel):
    """The query; ``sort`` is ``field,time,1`` upwards and ``field,,0`` downwards."""

    model_config = ConfigDict(extra="forbid")

    pi: str
    format: str = "json"
    id: str | None = None
    type: str | None = None
    dtstart: str = ".."
    dtend: str = ".."
    geo: str | None = None  # all products are global
    sort: str = "start,time,1"
    c: int = Field(10, ge=1)
    pw: int = Field(0, ge=0)

    def search(self) -> Search:
        """The same as a STAC search. Raises BadQuery."""
        field = self.sort.split(",")[0]
        if self.pi not in COLLECTIONS or field not in _SORTED_BY:
            raise BadQuery(
                f"expected pi of {sorted(COLLECTIONS)} and sort of {sorted(_SORTED_BY)}, "
                f"came {self.pi}, {self.sort}"
            )
        direction = "desc" if self.sort.endswith(",0") else "asc"
        return Search(
            collections=[COLLECTIONS[self.pi]],
            ids=[self.id] if self.id else None,
            datetime=f"{self.dtstart}/{self.dtend}",
            sortby=[SortKey(field=_SORTED_BY[field], direction=direction)],
        )


@router.get("/data/search-products/1.0.0/os")
def search(request: Request, stock: TheStock, asked: Annotated[Asked, Query()]) -> Json:
    """A page and how many there are in all."""
    try:
        found = stock.search(asked.search())
    except BadQuery as error:
        raise HTTPException(400, str(error)) from error
    count = min(asked.c, stock.settings.page_cap)
    subject = f"{request.url.path} {asked.pi}"
    page = Cutter(stock.faults, ROOM, subject).cut(found, asked.pw * count, count)
    data = f"{base_url(request)}/{ROOM}/data"
    features = [_feature(data, asked.pi, show(stock, ROOM, p)) for p in page.products]
    counted = {} if page.stated is None else {"totalResults": page.stated}
    return {"type": "FeatureCollection", **counted, "features": features}


def _feature(data: str, parent: str, shown: Shown) -> Json:
    product, stated = shown.product, shown.stated
    west, south, east, north = WORLD
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    link = {
        "title": "Product download",
        "href": stated.href or url(data, shown),
        "mediaType": product.media_type,
    }
    information: dict[str, Any] = {"productType": product.attributes.get("productType")}
    if stated.size is not None:
        information["size"] = stated.size / 1000  # kilobytes
    return {
        "type": "Feature",
        "id": product.id,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {
            "identifier": product.id,
            "title": shown.title,
            "parentIdentifier": parent,
            "date": f"{written(product.start)}/{written(product.end)}",
            "published": written(product.published),
            "updated": written(product.updated),
            "links": {"data": [link], "sip-entries": []},
            "productInformation": information,
            "extraInformation": {} if stated.md5 is None else {"md5": stated.md5},
        },
    }
