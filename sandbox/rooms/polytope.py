"""Polytope as the Digital Twins run it: a request answers 202 while it works, then 303."""

from contextlib import suppress

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from sandbox.archives import Archive, parse_twin
from sandbox.counter import place, require_kept, result
from sandbox.delivery import deliver
from sandbox.gate import gate
from sandbox.holdings import climate_dt, extremes_dt
from sandbox.holdings.products import GRIB1
from sandbox.orders import Json, Order, OrderMalformed, OrderRefused
from sandbox.rooms.auth import bearer
from sandbox.showing import state
from sandbox.stock import Stock, TheStock, base_url

ROOM = "polytope"
COLLECTION = "destination-earth"
router = APIRouter(prefix=f"/{ROOM}", tags=[ROOM], dependencies=[Depends(gate)])
requests = APIRouter(prefix="/api/v1/requests", dependencies=[Depends(bearer)])


class Retrieval(BaseModel):
    """The body of an order."""

    verb: str
    request: Json


@router.get("/constraints/{name}.json")
def constraints(name: str) -> list[dict[str, list[str]]]:
    """Which choices go together, as the twins' operators publish it beside the service."""
    if name == extremes_dt.DATASET:
        return extremes_dt.constraints()
    found = climate_dt.constraints(name)
    if not found:
        raise HTTPException(404, {"message": f"no constraints {name}"})
    return found


@requests.post(f"/{COLLECTION}")
def retrieve(request: Request, stock: TheStock, retrieval: Retrieval) -> Response:
    """Take an order. A malformed one is refused at once, one without data when polled."""
    if retrieval.verb != "retrieve":
        raise HTTPException(400, {"message": f"expected the verb retrieve, came {retrieval.verb}"})
    _check_form(retrieval.request)
    order = place(stock, Archive(stock, ROOM).twin(COLLECTION, retrieval.request))
    return _waiting(request, order, "queued")


@requests.get("/{order_id}")
def poll(request: Request, stock: TheStock, order_id: str) -> Response:
    """Where an order stands."""
    order = _find(stock, order_id)
    stage = order.state(stock.clock())
    if stage == "failed":
        return JSONResponse({"status": "failed", "message": order.reason}, 400)
    if stage != "successful":
        return _waiting(request, order, "queued" if stage == "accepted" else "processing")
    require_kept(stock, order)
    stated = state(stock, ROOM, f"{order.subject}/{order.id}", result(stock, order), GRIB1)
    href = stated.href or f"{base_url(request)}/{ROOM}/api/v1/downloads/{order.id}"
    ready: Json = {"location": href, "contentType": GRIB1, "status": "processed"}
    if stated.size is not None:
        ready["contentLength"] = stated.size
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
    require_kept(stock, order)
    return deliver(request, stock, result(stock, order), GRIB1)


router.include_router(requests)


def _check_form(mars: Json) -> None:
    try:
        with suppress(OrderRefused):  # that is told when the order is polled
            parse_twin(mars)
    except OrderMalformed as error:
        raise HTTPException(400, {"message": str(error)}) from error


def _find(stock: Stock, order_id: str) -> Order:
    order = stock.orders.find(ROOM, order_id)
    if order is None:
        raise HTTPException(404, {"message": f"Request {order_id} not found"})
    return order


def _waiting(request: Request, order: Order, status: str) -> Response:
    href = f"{base_url(request)}/{ROOM}/api/v1/requests/{order.id}"
    headers = {"Location": href, "Retry-After": "1"}
    return JSONResponse({"status": status, "message": "", "id": order.id}, 202, headers=headers)
