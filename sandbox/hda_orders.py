"""Orders at the Harmonised Data Access: what is to be made, and how an order is written."""

from contextlib import suppress

from fastapi import HTTPException

from sandbox import hda_documents
from sandbox.archives import Archive
from sandbox.counter import Wish, result
from sandbox.hda_documents import Access, Collection
from sandbox.holdings.climate_dt import parse_climate
from sandbox.holdings.products import GRIB1, GRIB2
from sandbox.orders import Json, Order, OrderMalformed, OrderRefused, State
from sandbox.shelf import AtRest
from sandbox.showing import hand_out, state
from sandbox.stock import Stock

ROOM = "hda"
_STATUS: dict[State, str] = {
    "accepted": "ordered",
    "running": "ordered",
    "successful": "succeeded",
    "failed": "failed",
}


def wish(stock: Stock, collection: Collection, body: Json) -> Wish:
    """What the body of an order asks for. Raises HTTPException."""
    archive = Archive(stock, ROOM)
    if collection.access is Access.ERA5:
        inputs = {key: value for key, value in body.items() if key != "dataset"}
        return archive.era5(collection.id, collection.source, inputs)
    if collection.access is Access.CLIMATE:
        _check_form(body)
        return archive.twin(collection.id, body)
    if collection.access is Access.ORDERED:
        return _product(stock, collection, body)
    raise HTTPException(404, f"{collection.id} is not orderable, please download it directly")


def media_type(collection: Collection) -> str:
    """Of what orders of the collection bring."""
    return GRIB1 if collection.access is Access.ERA5 else GRIB2


def item(stock: Stock, here: str, data: str, collection: Collection, order: Order) -> Json:
    """An order as the item that it is going to be; it has an asset when it has succeeded."""
    stage = order.state(stock.clock())
    described = hda_documents.ordered(here, collection, order.id, _STATUS[stage], order.placed)
    if stage == "failed":
        described["properties"]["order:message"] = order.reason
    if stage == "successful":
        subject, kind = f"{order.subject}/{order.id}", media_type(collection)
        stated = state(stock, ROOM, subject, result(stock, order), kind)
        link = hda_documents.download_link(data, collection, order.id, stated, kind)
        described["assets"] = {"downloadLink": link}
    return described


def _check_form(mars: Json) -> None:
    try:
        with suppress(OrderRefused):  # that is told when the order is polled
            parse_climate(mars)
    except OrderMalformed as error:
        raise HTTPException(400, {"description": str(error)}) from error


def _product(stock: Stock, collection: Collection, body: Json) -> Wish:
    product = stock.find(collection.source, str(body.get("product")))
    if product is None:
        raise HTTPException(404, f"no product {body.get('product')!r} in {collection.id}")

    def make() -> AtRest:
        return hand_out(stock, ROOM, product)[1]

    return Wish(ROOM, collection.id, body, make, "no data")
