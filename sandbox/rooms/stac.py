"""A STAC API (1.0.0, item search) with paging by token, in POST bodies and in URLs."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import ValidationError

from sandbox import stac_documents
from sandbox.delivery import deliver
from sandbox.holdings.products import Product
from sandbox.orders import Json
from sandbox.stac_documents import CONFORMANCE, TITLES, link
from sandbox.stac_query import BadQuery, Search, select
from sandbox.stock import Stock, TheStock, base_url, gate

ROOM = "stac"
router = APIRouter(prefix=f"/{ROOM}", tags=[ROOM], dependencies=[Depends(gate)])


def _here(request: Request) -> str:
    return f"{base_url(request)}/{ROOM}"


def _search_of_url(request: Request) -> Search:
    """A search as GET writes it: lists by comma, sort keys with + or - before them."""
    body: dict[str, Any] = dict(request.query_params)
    for name in ("collections", "ids", "bbox"):
        if name in body:
            body[name] = body[name].split(",")
    if "sortby" in body:
        keys = body["sortby"].split(",")
        body["sortby"] = [
            {"field": k.lstrip("+- "), "direction": "desc" if k[0] == "-" else "asc"} for k in keys
        ]
    try:
        return Search.model_validate(body)
    except ValidationError as error:
        raise HTTPException(400, str(error)) from error


UrlSearch = Annotated[Search, Depends(_search_of_url)]


@router.get("")
@router.get("/", include_in_schema=False)
def landing(request: Request) -> Json:
    """The root catalogue."""
    return stac_documents.landing(_here(request))


@router.get("/conformance")
def conformance() -> Json:
    """What this API promises."""
    return {"conformsTo": list(CONFORMANCE)}


@router.get("/collections")
def collections(request: Request) -> Json:
    """All collections."""
    here = _here(request)
    found = [stac_documents.collection(here, name) for name in TITLES]
    return {"collections": found, "links": [link("self", f"{here}/collections")]}


@router.get("/collections/{name}")
def collection(request: Request, name: str) -> Json:
    """One collection."""
    return stac_documents.collection(_here(request), _known(name))


@router.get("/queryables")
@router.get("/collections/{name}/queryables")
def queryables(request: Request, name: str | None = None) -> Json:
    """What ``query`` may name."""
    stamp = {"type": "string", "format": "date-time"}
    return {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$id": str(request.url),
        "type": "object",
        "title": f"Queryables of {_known(name) if name else 'all collections'}",
        "properties": {"id": {"type": "string"}, "updated": stamp, "published": stamp},
    }


@router.get("/collections/{name}/items")
def items(request: Request, stock: TheStock, name: str, search: UrlSearch) -> Json:
    """A page of the items of one collection."""
    narrowed = search.model_copy(update={"collections": [_known(name)]})
    return _page(request, stock, narrowed)


@router.get("/collections/{name}/items/{item_id}")
def item(request: Request, stock: TheStock, name: str, item_id: str) -> Json:
    """One item."""
    return _item(request, stock, _find(stock, name, item_id))


@router.get("/search")
def search_get(request: Request, stock: TheStock, search: UrlSearch) -> Json:
    """A page of items; the next link is a URL."""
    return _page(request, stock, search)


@router.post("/search")
def search_post(request: Request, stock: TheStock, search: Search) -> Json:
    """A page of items; the next link repeats the body with a token."""
    return _page(request, stock, search)


@router.api_route("/data/{name}/{item_id}/{file_name}", methods=["GET", "HEAD"])
def data(request: Request, stock: TheStock, name: str, item_id: str, file_name: str) -> Response:
    """The bytes of an item's only asset."""
    product = _find(stock, name, item_id)
    if file_name != product.file_name:
        raise HTTPException(404, f"item {item_id} has the file {product.file_name}")
    return deliver(request, stock.rest(ROOM, product), product.media_type, stock.faults)


def _known(name: str) -> str:
    if name not in TITLES:
        raise HTTPException(404, f"no collection {name!r}, there are {sorted(TITLES)}")
    return name


def _find(stock: Stock, name: str, item_id: str) -> Product:
    for product in stock.stac_products(_known(name)):
        if product.id == item_id:
            return product
    raise HTTPException(404, f"no item {item_id!r} in {name}")


def _item(request: Request, stock: Stock, product: Product) -> Json:
    rest = stock.rest(ROOM, product)
    stated = stock.stated(ROOM, f"{product.collection}/{product.id}", rest.sha256)
    return stac_documents.item(_here(request), product, rest, stated)


def _page(request: Request, stock: Stock, search: Search) -> Json:
    if stock.faults.strikes("page_error", ROOM):
        raise HTTPException(500, "Internal server error")
    names = search.collections if search.collections is not None else list(TITLES)
    try:
        offered = tuple(p for name in names for p in stock.stac_products(name))
        matched, start = select(offered, search), search.offset
    except BadQuery as error:
        raise HTTPException(400, str(error)) from error
    limit = min(search.limit, stock.settings.page_cap)
    if limit > 1 and stock.faults.strikes("short_page", ROOM):
        limit //= 2
    page = matched[start : start + limit]
    features = [_item(request, stock, product) for product in page]
    links = [link("self", str(request.url)), link("root", _here(request))]
    if start + limit < len(matched) and not stock.faults.strikes("lost_next_link", ROOM):
        doubled = len(page) > 1 and stock.faults.strikes("duplicate_items", ROOM) is not None
        links.append(_next(request, search, start + limit - doubled))
    return {
        "type": "FeatureCollection",
        "features": features,
        "links": links,
        "numberMatched": len(matched),
        "numberReturned": len(features),
    }


def _next(request: Request, search: Search, offset: int) -> Json:
    token = f"next:{offset}"
    found = link("next", str(request.url.replace(query="")), "application/geo+json")
    if request.method == "POST":
        body = search.model_dump(mode="json", exclude_none=True) | {"token": token}
        return {**found, "method": "POST", "body": body}
    query = urlencode({**request.query_params, "token": token})
    return {**found, "method": "GET", "href": f"{found['href']}?{query}"}
