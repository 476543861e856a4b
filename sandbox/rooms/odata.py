"""The Copernicus Data Space's catalogue (OData v4) and its downloads behind a token."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from sandbox.delivery import deliver
from sandbox.holdings.products import Product
from sandbox.odata_query import BadFilter, parse_filter, sort_key
from sandbox.orders import Json
from sandbox.rooms.auth import bearer
from sandbox.stac_query import BadQuery
from sandbox.stock import Stock, TheStock, base_url, gate

ROOM = "odata"
MOST_ON_A_PAGE = 1000
router = APIRouter(prefix=f"/{ROOM}/v1", tags=[ROOM], dependencies=[Depends(gate)])

_WORLD = "geography'SRID=4326;POLYGON ((-180 -90, 180 -90, 180 90, -180 90, -180 -90))'"
_PRODUCT = re.compile(r"Products\(([0-9a-f-]+)\)$")


@router.get("/Products")
def products(
    request: Request,
    stock: TheStock,
    wanted: Annotated[str, Query(alias="$filter")] = "",
    top: Annotated[int, Query(alias="$top", ge=1, le=MOST_ON_A_PAGE)] = 20,
    skip: Annotated[int, Query(alias="$skip", ge=0)] = 0,
    order: Annotated[str, Query(alias="$orderby")] = "ContentDate/Start asc",
    count: Annotated[str, Query(alias="$count")] = "false",
) -> Json:
    """A page of products."""
    if stock.faults.strikes("page_error", ROOM):
        raise HTTPException(500, "Internal server error")
    found = _select(stock.cdse, wanted, order)
    top = min(top, stock.settings.page_cap)
    if top > 1 and stock.faults.strikes("short_page", ROOM):
        top //= 2
    page = found[skip : skip + top]
    answer: Json = {
        "@odata.context": "$metadata#Products(Attributes())(Assets())",
        "value": [_entity(stock, product) for product in page],
    }
    if count.lower() == "true":
        answer["@odata.count"] = len(found)
    if skip + top < len(found) and not stock.faults.strikes("lost_next_link", ROOM):
        doubled = len(page) > 1 and stock.faults.strikes("duplicate_items", ROOM) is not None
        answer["@odata.nextLink"] = _next(request, skip + top - doubled)
    return answer


@router.api_route("/{product}/$value", methods=["GET", "HEAD"], dependencies=[Depends(bearer)])
def value(request: Request, stock: TheStock, product: str) -> Response:
    """The bytes of ``Products(<id>)``."""
    match = _PRODUCT.match(product)
    for candidate in stock.cdse:
        if match and candidate.id == match[1]:
            rest = stock.rest(ROOM, candidate)
            return deliver(request, rest, candidate.media_type, stock.faults)
    raise HTTPException(404, f"no such product: {product}")


def _select(offered: tuple[Product, ...], wanted: str, order: str) -> list[Product]:
    try:
        matches = parse_filter(wanted)
        key, downwards = sort_key(order)
    except (BadFilter, BadQuery) as error:
        raise HTTPException(400, str(error)) from error
    return sorted((p for p in offered if matches(p)), key=key, reverse=downwards)


def _next(request: Request, skip: int) -> str:
    query = {**request.query_params, "$skip": str(skip)}
    joined = "&".join(f"{quote(name)}={quote(text)}" for name, text in query.items())
    return f"{base_url(request)}/{ROOM}/v1/Products?{joined}"


def _entity(stock: Stock, product: Product) -> Json:
    rest = stock.rest(ROOM, product)
    md5 = stock.stated(ROOM, f"{product.collection}/{product.id}", rest.md5)
    return {
        "@odata.mediaContentType": product.media_type,
        "Id": product.id,
        "Name": product.title,
        "ContentType": product.media_type,
        "ContentLength": rest.size,
        "OriginDate": _stamp(product, "published"),
        "PublicationDate": _stamp(product, "published"),
        "ModificationDate": _stamp(product, "updated"),
        "Online": True,
        "EvictionDate": "9999-12-31T23:59:59.999999Z",
        "S3Path": f"/eodata/{product.collection}/{product.title}",
        "Checksum": [
            {"Value": md5, "Algorithm": "MD5", "ChecksumDate": _stamp(product, "published")}
        ],
        "ContentDate": {"Start": _stamp(product, "start"), "End": _stamp(product, "end")},
        "Footprint": _WORLD,
        "Attributes": [
            {"Name": name, "Value": text, "ValueType": "String"}
            for name, text in product.attributes.items()
        ],
        "Assets": [],
    }


def _stamp(product: Product, name: str) -> str:
    time: str = getattr(product, name).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return time
