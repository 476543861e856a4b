"""The Copernicus Data Space's catalogue (OData v4) and its downloads behind a token."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from sandbox.delivery import deliver
from sandbox.gate import gate
from sandbox.holdings.products import Product
from sandbox.odata_query import BadFilter, parse_filter, sort_key
from sandbox.orders import Json
from sandbox.paging import Cutter
from sandbox.rooms.auth import bearer
from sandbox.showing import hand_out, is_offline, show
from sandbox.stac_query import BadQuery
from sandbox.stock import SLSTR, TICKS, TROPOMI, Stock, TheStock, base_url

ROOM = "odata"
MOST_ON_A_PAGE = 1000
router = APIRouter(prefix=f"/{ROOM}/v1", tags=[ROOM], dependencies=[Depends(gate)])

_WORLD = "geography'SRID=4326;POLYGON ((-180 -90, 180 -90, 180 90, -180 90, -180 -90))'"
_PRODUCT = re.compile(r"Products\(([^()]+)\)$")


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
    found = _select(_offered(stock), wanted, order)
    page = Cutter(stock.faults, ROOM, f"{request.url.path} {wanted}").cut(
        found, skip, min(top, stock.settings.page_cap)
    )
    answer: Json = {
        "@odata.context": "$metadata#Products(Attributes())(Assets())",
        "value": [_entity(stock, product) for product in page.products],
    }
    if count.lower() == "true" and page.stated is not None:
        answer["@odata.count"] = page.stated
    if page.following is not None:
        answer["@odata.nextLink"] = _next(request, page.following)
    return answer


@router.api_route("/{product}/$value", methods=["GET", "HEAD"], dependencies=[Depends(bearer)])
def value(request: Request, stock: TheStock, product: str) -> Response:
    """The bytes of ``Products(<id>)``."""
    match = _PRODUCT.match(product)
    for candidate in _offered(stock):
        if match and candidate.id == match[1]:
            if is_offline(stock, ROOM, candidate):
                raise HTTPException(403, f"{match[1]} is offline, it must be ordered first")
            packed, rest = hand_out(stock, ROOM, candidate)
            return deliver(request, stock, rest, packed.media_type)
    raise HTTPException(404, f"no such product: {product}")


def _offered(stock: Stock) -> tuple[Product, ...]:
    return tuple(p for name in (SLSTR, TROPOMI, TICKS) for p in stock.products(name))


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
    shown = show(stock, ROOM, product)
    stated, packed = shown.stated, shown.product
    entity = {
        "@odata.mediaContentType": packed.media_type,
        "Id": product.id,
        "Name": shown.title,
        "ContentType": packed.media_type,
        "OriginDate": _stamp(product, "published"),
        "PublicationDate": _stamp(product, "published"),
        "ModificationDate": _stamp(product, "updated"),
        "Online": not shown.is_offline,
        "EvictionDate": "9999-12-31T23:59:59.999999Z",
        "S3Path": f"/eodata/{product.collection}/{product.title}",
        "Checksum": [],
        "ContentDate": {"Start": _stamp(product, "start"), "End": _stamp(product, "end")},
        "Footprint": _WORLD,
        "Attributes": [
            {"Name": name, "Value": text, "ValueType": "String"}
            for name, text in product.attributes.items()
        ],
        "Assets": [],
    }
    if stated.size is not None:
        entity["ContentLength"] = stated.size
    if stated.md5 is not None:
        date = _stamp(product, "published")
        entity["Checksum"] = [{"Value": stated.md5, "Algorithm": "MD5", "ChecksumDate": date}]
    return entity


def _stamp(product: Product, name: str) -> str:
    time: str = getattr(product, name).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return time
