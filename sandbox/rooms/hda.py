"""The Harmonised Data Access (STAC v2): search, order by a ``retrieve`` link, poll the item.

A next link's body names the provider behind; without it the token leads to nothing, politely.
"""

from functools import partial

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from sandbox import hda_documents, hda_orders, stac_documents
from sandbox.counter import place, require_kept, result
from sandbox.delivery import deliver
from sandbox.gate import gate
from sandbox.hda_documents import COLLECTIONS, Access, Collection
from sandbox.hda_orders import ROOM
from sandbox.holdings.products import Product
from sandbox.orders import Json, Order
from sandbox.rooms.auth import bearer
from sandbox.showing import hand_out, is_offline, show
from sandbox.stac_documents import link
from sandbox.stac_query import BACKENDS, BadQuery, Search
from sandbox.stac_search import Answer, UrlSearch
from sandbox.stock import Stock, TheStock, base_url

router = APIRouter(prefix=f"/{ROOM}", tags=[ROOM], dependencies=[Depends(gate)])


def _here(request: Request) -> str:
    return f"{base_url(request)}/{ROOM}/stac/v2"


def _data(request: Request) -> str:
    return f"{base_url(request)}/{ROOM}/data"


@router.get("/stac/v2")
@router.get("/stac/v2/", include_in_schema=False)
def landing(request: Request) -> Json:
    """The root catalogue."""
    return stac_documents.landing(_here(request), tuple(COLLECTIONS))


@router.get("/stac/v2/collections")
def collections(request: Request) -> Json:
    """All collections."""
    here = _here(request)
    found = [_described(here, collection) for collection in COLLECTIONS.values()]
    return {"collections": found, "links": [link("self", f"{here}/collections")]}


@router.get("/stac/v2/collections/{name}")
def collection(request: Request, name: str) -> Json:
    """One collection."""
    return _described(_here(request), _known(name))


@router.get("/stac/v2/queryables")
@router.get("/stac/v2/collections/{name}/queryables")
def queryables(request: Request, name: str | None = None) -> Json:
    """What ``query`` may name."""
    keys = hda_documents.keys_of(_known(name)) if name else ()
    return stac_documents.queryables(str(request.url), name or "all collections", keys)


@router.get("/stac/v2/collections/{name}/items")
def items(request: Request, stock: TheStock, name: str, search: UrlSearch) -> Response:
    """A page of the items of one collection."""
    return _page(request, stock, search.model_copy(update={"collections": [_known(name).id]}))


@router.get("/stac/v2/search")
def search_get(request: Request, stock: TheStock, search: UrlSearch) -> Response:
    """A page of items."""
    return _page(request, stock, search)


@router.post("/stac/v2/search")
def search_post(request: Request, stock: TheStock, search: Search) -> Response:
    """A page of items; the next link must be followed with all of its body."""
    return _page(request, stock, search)


@router.post("/stac/v2/collections/{name}/order", dependencies=[Depends(bearer)])
def retrieve(request: Request, stock: TheStock, name: str, body: Json) -> Json:
    """Take an order; the item that it is going to be says where to ask after it."""
    wanted = _known(name)
    order = place(stock, hda_orders.wish(stock, wanted, body))
    return _ordered(request, stock, wanted, order)


@router.get("/stac/v2/collections/{name}/items/{item_id}")
def item(request: Request, stock: TheStock, name: str, item_id: str) -> Json:
    """One item, or an order and how it stands."""
    wanted = _known(name)
    order = stock.orders.find(ROOM, item_id)
    if order is not None and order.subject == wanted.id:
        require_kept(stock, order)
        return _ordered(request, stock, wanted, order)
    return _item(request, stock, wanted, _find(stock, wanted, item_id))


@router.api_route(
    "/data/{backend}/{name}/{item_id}/downloadLink",
    methods=["GET", "HEAD"],
    dependencies=[Depends(bearer)],
)
def data(request: Request, stock: TheStock, backend: str, name: str, item_id: str) -> Response:
    """The bytes of a product that is at hand, or of an order that has succeeded."""
    wanted = _known(name)
    order = stock.orders.find(ROOM, item_id)
    if order is not None and order.state(stock.clock()) == "successful":
        require_kept(stock, order)
        return deliver(request, stock, result(stock, order), hda_orders.media_type(wanted))
    product = _find(stock, wanted, item_id)
    if wanted.access is not Access.AT_ONCE or is_offline(stock, ROOM, product):
        raise HTTPException(403, f"{item_id} must be ordered first")
    packed, rest = hand_out(stock, ROOM, product)
    return deliver(request, stock, rest, packed.media_type)


def _known(name: str) -> Collection:
    if name not in COLLECTIONS:
        raise HTTPException(404, f"no collection {name!r}, there are {sorted(COLLECTIONS)}")
    return COLLECTIONS[name]


def _described(here: str, collection: Collection) -> Json:
    described = stac_documents.collection(here, collection.id)
    return {**described, "summaries": {BACKENDS: [collection.backend]}}


def _find(stock: Stock, collection: Collection, product_id: str) -> Product:
    product = stock.find(collection.source, product_id)
    if product is None:
        raise HTTPException(404, f"no item {product_id!r} in {collection.id}")
    return product


def _ordered(request: Request, stock: Stock, collection: Collection, order: Order) -> Json:
    return hda_orders.item(stock, _here(request), _data(request), collection, order)


def _item(request: Request, stock: Stock, collection: Collection, product: Product) -> Json:
    shown = show(stock, ROOM, product)
    return hda_documents.item(_here(request), _data(request), collection, shown)


def _page(request: Request, stock: Stock, search: Search) -> Response:
    if search.collections is None or len(search.collections) != 1:
        raise HTTPException(400, f"expected one collection, came {search.collections}")
    wanted = _known(search.collections[0])
    write = partial(_item, request, stock, wanted)
    answer = Answer(request, stock, write, wanted.backend)
    if search.backend not in {None, wanted.backend}:
        return answer.page(search, ())
    try:
        if wanted.access in {Access.ERA5, Access.CLIMATE}:
            item = hda_documents.placeholder(_here(request), wanted, search)
            return answer.single(item)
        source = search.model_copy(update={"collections": [wanted.source]})
        return answer.page(search, stock.search(source))
    except BadQuery as error:
        raise HTTPException(400, str(error)) from error
