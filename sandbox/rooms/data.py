"""The bytes behind the rooms that let everybody have them."""

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from sandbox.delivery import deliver
from sandbox.gate import gate
from sandbox.holdings.products import Product
from sandbox.showing import hand_out, is_offline
from sandbox.stac_documents import namesake
from sandbox.stock import Stock, TheStock, room_of

OPEN_ROOMS = ("stac", "static", "opensearch", "postjson", "eumetsat")
router = APIRouter(tags=["data"], dependencies=[Depends(gate)])


def data(
    request: Request, stock: TheStock, collection: str, product_id: str, file_name: str
) -> Response:
    """The bytes of a product, under its own file name only."""
    product = _find(stock, collection, product_id)
    packed, rest = hand_out(stock, room_of(request), product)
    if file_name != packed.file_name:
        raise HTTPException(404, f"{product_id} has the file {packed.file_name}")
    if is_offline(stock, room_of(request), product):
        raise HTTPException(403, f"{product_id} is offline, it must be ordered first")
    return deliver(request, stock, rest, packed.media_type)


def quality(
    request: Request, stock: TheStock, collection: str, product_id: str, file_name: str
) -> Response:
    """The bytes of a second asset, whose file is called as the first one's."""
    rest = namesake(_find(stock, collection, product_id))
    return deliver(request, stock, rest, "text/plain")


def _find(stock: Stock, collection: str, product_id: str) -> Product:
    product = stock.find(collection, product_id)
    if product is None:
        raise HTTPException(404, f"no product {product_id!r} in {collection}")
    return product


for _room in OPEN_ROOMS:
    _folder = f"/{_room}/data/{{collection}}/{{product_id}}"
    _methods = ["GET", "HEAD"]
    router.add_api_route(f"{_folder}/{{file_name}}", data, methods=_methods)
    router.add_api_route(f"{_folder}/quality/{{file_name}}", quality, methods=_methods)
