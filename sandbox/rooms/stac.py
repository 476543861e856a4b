"""A STAC API (1.0.0, item search) with paging by token, in POST bodies and in URLs."""

from functools import partial

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from sandbox import stac_documents
from sandbox.gate import gate
from sandbox.holdings.products import Product
from sandbox.orders import Json
from sandbox.showing import show
from sandbox.stac_documents import CONFORMANCE, link
from sandbox.stac_query import BadQuery, Search
from sandbox.stac_search import Answer, UrlSearch
from sandbox.stock import Stock, TheStock, base_url

ROOM = "stac"
router = APIRouter(prefix=f"/{ROOM}", tags=[ROOM], dependencies=[Depends(gate)])


def _here(request: Request) -> str:
    return f"{base_url(request)}/{ROOM}"


@router.get("")
@router.get("/", include_in_schema=False)
def landing(request: Request, stock: TheStock) -> Json:
    """The root catalogue."""
    return stac_documents.landing(_here(request), stock.collections())


@router.get("/conformance")
def conformance() -> Json:
    """What this API promises."""
    return {"conformsTo": list(CONFORMANCE)}


@router.get("/collections")
def collections(request: Request, stock: TheStock) -> Json:
    """All collections."""
    here = _here(request)
    found = [stac_documents.collection(here, name) for name in stock.collections()]
    return {"collections": found, "links": [link("self", f"{here}/collections")]}


@router.get("/collections/{name}")
def collection(request: Request, stock: TheStock, name: str) -> Json:
    """One collection."""
    return stac_documents.collection(_here(request), _known(stock, name))


@router.get("/queryables")
@router.get("/collections/{name}/queryables")
def queryables(request: Request, stock: TheStock, name: str | None = None) -> Json:
    """What ``query`` may name."""
    of = _known(stock, name) if name else "all collections"
    return stac_documents.queryables(str(request.url), of)


@router.get("/collections/{name}/items")
def items(request: Request, stock: TheStock, name: str, search: UrlSearch) -> Response:
    """A page of the items of one collection."""
    narrowed = search.model_copy(update={"collections": [_known(stock, name)]})
    return _page(request, stock, narrowed)


@router.get("/collections/{name}/items/{item_id}")
def item(request: Request, stock: TheStock, name: str, item_id: str) -> Json:
    """One item."""
    product = stock.find(_known(stock, name), item_id)
    if product is None:
        raise HTTPException(404, f"no item {item_id!r} in {name}")
    return _item(request, stock, product)


@router.get("/search")
def search_get(request: Request, stock: TheStock, search: UrlSearch) -> Response:
    """A page of items; the next link is a URL."""
    return _page(request, stock, search)


@router.post("/search")
def search_post(request: Request, stock: TheStock, search: Search) -> Response:
    """A page of items; the next link repeats the body with a token."""
    return _page(request, stock, search)


def _known(stock: Stock, name: str) -> str:
    if name not in stock.collections():
        raise HTTPException(404, f"no collection {name!r}, there are {stock.collections()}")
    return name


def _item(request: Request, stock: Stock, product: Product) -> Json:
    here = _here(request)
    return stac_documents.item(here, f"{here}/data", show(stock, ROOM, product))


def _page(request: Request, stock: Stock, search: Search) -> Response:
    try:
        found = stock.search(search)
    except BadQuery as error:
        raise HTTPException(400, str(error)) from error
    return Answer(request, stock, partial(_item, request, stock)).page(search, found)
