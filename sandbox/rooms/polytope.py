"""Polytope as the Digital Twins run it: a request answers 202 while it works, then 303."""

import json
from collections.abc import Callable
from contextlib import suppress

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from sandbox.delivery import deliver
from sandbox.holdings.climate_dt import parse_climate
from sandbox.holdings.products import GRIB1
from sandbox.orders import Json, Order, OrderMalformed, OrderRefused
from sandbox.rooms.auth import bearer
from sandbox.shelf import AtRest
from sandbox.stock import Stock, TheStock, base_url, gate

ROOM = "polytope"
COLLECTION = "destination-earth"
router = APIRouter(prefix=f"/{ROOM}", tags=[ROOM], dependencies=[Depends(gate)])
requests = APIRouter(prefix="/api/v1/requests", dependencies=[Depends(bearer)])


class Retrieval(BaseModel):
    """The body of an order."""

    verb: str
    request: Json


@requests.post(f"/{COLLECTION}")
def retrieve(request: Request, stock: TheStock, retrieval: Retrieval) -> Response:
    """Take an order. A malformed one is refused at once, one without data when polled."""
    if retrieval.verb != "retrieve":
        raise HTTPException(400, {"message": f"expected the verb retrieve, came {retrieval.verb}"})
    _check_form(retrieval.request)
    make = _maker(stock, retrieval.request)
    order = stock.orders.place(ROOM, COLLECTION, retrieval.request, make)
    return _waiting(request, order, "queued")


@requests.get("/{order_id}")
def poll(request: Request, stock: TheStock, order_id: str) -> Response:
    """Where an order stands."""
    order = _find(stock, order_id)
    state = order.state(stock.clock())
    if state == "failed":
        return JSONResponse({"status": "failed", "message": order.reason}, 400)
    if state != "successful":
        return _waiting(request, order, "queued" if state == "accepted" else "processing")
    href = f"{base_url(request)}/{ROOM}/api/v1/downloads/{order.id}"
    size = order.product.result().size
    ready = {"location": href, "contentLength": size, "contentType": GRIB1, "status": "processed"}
    return JSONResponse(ready, 303, headers={"Location": href})


@requests.delete("/{order_id}")
def revoke(stock: TheStock, order_id: str) -> Json:
    """Drop an order."""
    stock.orders.forget(_find(stock, order_id))
    return {"message": "Successfully revoked request"}


@router.api_route("/api/v1/downloads/{order_id}", methods=["GET", "HEAD"])
def data(request: Request, stock: TheStock, order_id: str) -> Response:
    """The bytes of a finished order, for whoever knows the URL."""
    order = _find(stock, order_id)
    if order.state(stock.clock()) != "successful":
        raise HTTPException(404, {"message": "no such download"})
    return deliver(request, order.product.result(), GRIB1, stock.faults)


router.include_router(requests)


def _check_form(mars: Json) -> None:
    try:
        with suppress(OrderRefused):  # that is told when the order is polled
            parse_climate(mars)
    except OrderMalformed as error:
        raise HTTPException(400, {"message": str(error)}) from error


def _maker(stock: Stock, mars: Json) -> Callable[[], AtRest]:
    failed = stock.faults.strikes("job_failed", ROOM)
    key = f"{ROOM}/{json.dumps(mars, sort_keys=True)}"
    torn = stock.faults.marks("garbage_data", ROOM, key) is not None

    def make() -> AtRest:
        if failed:
            raise OrderRefused(failed.text("message", "request failed: worker lost"))
        request = parse_climate(mars)
        return stock.shelf.get(key, lambda path: request.write(path, stock.fields), torn=torn)

    return make


def _find(stock: Stock, order_id: str) -> Order:
    order = stock.orders.find(ROOM, order_id)
    if order is None:
        raise HTTPException(404, {"message": f"Request {order_id} not found"})
    return order


def _waiting(request: Request, order: Order, status: str) -> Response:
    href = f"{base_url(request)}/{ROOM}/api/v1/requests/{order.id}"
    headers = {"Location": href, "Retry-After": "1"}
    return JSONResponse({"status": status, "message": "", "id": order.id}, 202, headers=headers)
