"""A static STAC catalogue: files that link to files, a catalogue a month, and no search."""

from collections.abc import Iterator
from itertools import groupby
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request

from sandbox import stac_documents
from sandbox.gate import gate
from sandbox.orders import Json
from sandbox.paging import Cutter
from sandbox.showing import show
from sandbox.stac_documents import link
from sandbox.stock import TICKS, Stock, TheStock, base_url

ROOM = "static"
router = APIRouter(prefix=f"/{ROOM}", tags=[ROOM], dependencies=[Depends(gate)])


@router.get("/catalog.json")
def root() -> Json:
    """The root, which links to its only collection."""
    return _catalogue("sandbox-static", [link("child", f"./{TICKS}/collection.json")], "./")


@router.get("/{name}/collection.json")
def collection(request: Request, stock: TheStock, name: str) -> Json:
    """A collection, which links to its months."""
    _require(name)
    described = stac_documents.collection(f"{base_url(request)}/{ROOM}", name)
    months = [link("child", f"./{month}/catalog.json") for month, _ in _months(stock)]
    up = [link("root", "../catalog.json"), link("parent", "../catalog.json")]
    return {**described, "extent": _extent(described, stock), "links": [*up, *months]}


@router.get("/{name}/{month}/catalog.json")
def catalogue(request: Request, stock: TheStock, name: str, month: str) -> Json:
    """A month, which links to its items."""
    _require(name)
    products, begin = stock.products(TICKS), 0
    for found, count in _months(stock):
        if found == month:
            page = Cutter(stock.faults, ROOM, request.url.path).cut(
                sorted(products, key=lambda p: (p.start, p.id)), begin, count
            )
            hrefs = [f"../items/{quote(product.id)}.json" for product in page.products]
            return _catalogue(f"{name}-{month}", [link("item", href) for href in hrefs], "../../")
        begin += count
    raise HTTPException(404, f"no month {month} in {name}")


@router.get("/{name}/items/{item_id}.json")
def item(request: Request, stock: TheStock, name: str, item_id: str) -> Json:
    """An item."""
    _require(name)
    product = stock.find(name, item_id)
    if product is None or stock.faults.marks("dangling_link", ROOM, product.path):
        raise HTTPException(404, f"no item {item_id} in {name}")
    described = stac_documents.item(
        "", f"{base_url(request)}/{ROOM}/data", show(stock, ROOM, product)
    )
    links = [link("root", "../../catalog.json"), link("collection", "../collection.json")]
    return {**described, "links": links}


def _extent(described: Json, stock: Stock) -> Json:
    """Where the data lie in space and time; of what is capped, it may be of the rest alone."""
    cap = stock.faults.strikes("provider_cap", ROOM, "extent")
    starts = sorted(product.start for product in stock.products(TICKS))
    if cap is not None and cap.text("count") == "capped":
        starts = starts[: int(cap.number("cap"))]
    ends = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (starts[0], starts[-1])]
    return {**described["extent"], "temporal": {"interval": [ends]}}


def _require(name: str) -> None:
    if name != TICKS:
        raise HTTPException(404, f"no collection {name!r}, there is {TICKS}")


def _months(stock: Stock) -> Iterator[tuple[str, int]]:
    """The months of which there are products, and how many, by time of the data."""
    starts = sorted(product.start for product in stock.products(TICKS))
    for month, found in groupby(starts, key=lambda start: f"{start:%Y-%m}"):
        yield month, len(list(found))


def _catalogue(name: str, links: list[Json], up: str) -> Json:
    return {
        "type": "Catalog",
        "id": name,
        "stac_version": "1.0.0",
        "description": "Made-up data that behave like real ones.",
        "links": [link("root", f"{up}catalog.json"), *links],
    }
