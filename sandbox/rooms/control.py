"""The providers' operator: products are revised, retracted or arrive late, and time is set."""

from datetime import datetime

from fastapi import APIRouter, HTTPException
from pydantic import AwareDatetime, BaseModel, ConfigDict

from sandbox.amendments import NotAmendable
from sandbox.holdings.products import Product
from sandbox.orders import Json
from sandbox.stock import Stock, TheStock

router = APIRouter(prefix="/control", tags=["control"])


class Named(BaseModel):
    """One product, by the collection that STAC lists; all rooms that have it change."""

    model_config = ConfigDict(extra="forbid")

    collection: str
    id: str


class Revision(Named):
    """``is_told`` false: other bytes under the old stamp."""

    is_told: bool = True


class Late(BaseModel):
    """``start`` is the time of the data; without it, that of a product which is there."""

    model_config = ConfigDict(extra="forbid")

    collection: str
    start: AwareDatetime | None = None


class Clock(BaseModel):
    """``now`` null lets the providers' time run again."""

    model_config = ConfigDict(extra="forbid")

    now: AwareDatetime | None


@router.post("/revise")
def revise(stock: TheStock, body: Revision) -> Json:
    """Publish a product anew."""
    product = _find(stock, body)
    try:
        revised = stock.amendments.revise(product, stock.now(), is_told=body.is_told)
    except NotAmendable as error:
        raise HTTPException(409, str(error)) from error
    return _shown(revised)


@router.post("/publish-late")
def publish_late(stock: TheStock, body: Late) -> Json:
    """Publish one more product, whose data are older than its publication."""
    products = stock.products(body.collection)
    if not products:
        raise HTTPException(404, f"no products in {body.collection}")
    return _shown(stock.amendments.publish_late(products, stock.now(), body.start))


@router.post("/retract")
def retract(stock: TheStock, body: Named) -> Json:
    """Take a product from all catalogues."""
    product = _find(stock, body)
    stock.amendments.retract(product)
    return _shown(product)


@router.post("/clock")
def clock(stock: TheStock, body: Clock) -> Json:
    """Set the day in the life of the providers."""
    stock.today = body.now
    return {"now": _written(stock.now())}


@router.post("/reset")
def reset(stock: TheStock) -> Json:
    """Undo all of the above."""
    stock.amendments.clear()
    stock.today = None
    return {"now": _written(stock.now())}


@router.get("/elsewhere")
def elsewhere(stock: TheStock) -> Json:
    """The other host that faults lead to (it begins now, if it has not), and who asked there."""
    url = stock.elsewhere.url
    asked = [
        {"method": a.method, "path": a.path, "headers": dict(a.headers)}
        for a in stock.elsewhere.asked
    ]
    return {"url": url, "asked": asked}


def _find(stock: Stock, named: Named) -> Product:
    product = stock.find(named.collection, named.id)
    if product is None:
        raise HTTPException(404, f"no product {named.id!r} in {named.collection}")
    return product


def _shown(product: Product) -> Json:
    return {
        "collection": product.collection,
        "id": product.id,
        "start": _written(product.start),
        "published": _written(product.published),
        "updated": _written(product.updated),
    }


def _written(time: datetime) -> str:
    return time.isoformat()
