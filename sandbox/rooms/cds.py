"""A Climate Data Store: jobs of the retrieve API (OGC API Processes) and the catalogue's forms."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from pydantic import BaseModel

from sandbox.archives import Archive
from sandbox.counter import place, require_kept, result
from sandbox.delivery import deliver
from sandbox.gate import gate, refuse_good_credential
from sandbox.holdings import era5_form
from sandbox.holdings.era5 import DATASETS
from sandbox.holdings.products import GRIB1
from sandbox.orders import Json, Order
from sandbox.shelf import AtRest
from sandbox.showing import state
from sandbox.stock import Stock, TheStock, base_url

ROOM = "cds"
router = APIRouter(prefix=f"/{ROOM}", tags=[ROOM], dependencies=[Depends(gate)])


class Execution(BaseModel):
    """The body of an order."""

    inputs: Json


def _authorised(
    request: Request, stock: TheStock, private_token: Annotated[str, Header()] = ""
) -> None:
    if private_token != stock.settings.key:
        detail = {"type": "permission denied", "title": "authentication failed"}
        raise HTTPException(401, detail)
    refuse_good_credential(request, stock)


jobs = APIRouter(prefix="/api/retrieve/v1", dependencies=[Depends(_authorised)])


@router.get("/api/catalogue/v1/collections/{dataset}/constraints.json")
def constraints(dataset: str) -> list[dict[str, list[str]]]:
    """Which choices go together."""
    return era5_form.constraints(_known(dataset))


@router.get("/api/catalogue/v1/collections/{dataset}/form.json")
def form(dataset: str) -> list[Json]:
    """The download form."""
    return era5_form.form(_known(dataset))


@router.api_route("/object-store/{name}", methods=["GET", "HEAD"])
def data(request: Request, stock: TheStock, name: str) -> Response:
    """The bytes of a finished job; who knows the URL may have them, as in the real store."""
    order = _find(stock, name.removesuffix(".grib"))
    return deliver(request, stock, _product(stock, order), GRIB1)


@jobs.post("/processes/{dataset}/execution", status_code=201)
def execute(request: Request, stock: TheStock, dataset: str, execution: Execution) -> Json:
    """Take an order. What is wrong with it shows as a failed job."""
    _known(dataset)
    wish = Archive(stock, ROOM).era5(dataset, dataset, execution.inputs)
    return _status(request, stock, place(stock, wish))


@jobs.get("/jobs")
def list_jobs(request: Request, stock: TheStock, limit: int = 1000) -> Json:
    """All jobs, the newest first, each with its request and the time when it was placed."""
    found = reversed(stock.orders.of(ROOM))
    listed = [_status(request, stock, order) for order in found][:limit]
    return {"jobs": listed, "links": [], "metadata": {"totalCount": len(stock.orders.of(ROOM))}}


@jobs.get("/jobs/{job_id}")
def job(request: Request, stock: TheStock, job_id: str) -> Json:
    """The state of a job."""
    return _status(request, stock, _find(stock, job_id))


@jobs.get("/jobs/{job_id}/results")
def results(request: Request, stock: TheStock, job_id: str) -> Json:
    """Where the data of a successful job lie, with size and MD5."""
    order = _find(stock, job_id)
    rest = _product(stock, order)
    stated = state(stock, ROOM, f"{order.subject}/{order.id}", rest, GRIB1)
    value = {
        "type": GRIB1,
        "href": stated.href or f"{base_url(request)}/{ROOM}/object-store/{order.id}.grib",
        "file:checksum": stated.md5,
        "file:size": stated.size,
        "file:local_path": f"s3://object-store/{order.id}.grib",
    }
    return {"asset": {"value": {k: v for k, v in value.items() if v is not None}}}


@jobs.delete("/jobs/{job_id}")
def dismiss(request: Request, stock: TheStock, job_id: str) -> Json:
    """Drop a job."""
    order = _find(stock, job_id)
    stock.orders.forget(order)
    return {**_status(request, stock, order), "status": "dismissed"}


router.include_router(jobs)


def _known(dataset: str) -> str:
    if dataset not in DATASETS:
        raise HTTPException(404, f"dataset {dataset!r} not found, there are {sorted(DATASETS)}")
    return dataset


def _find(stock: Stock, job_id: str) -> Order:
    order = stock.orders.find(ROOM, job_id)
    if order is None:
        raise HTTPException(404, {"type": "job not found", "title": f"job {job_id} not found"})
    return order


def _product(stock: Stock, order: Order) -> AtRest:
    state = order.state(stock.clock())
    if state == "failed":
        title = "The job has failed"
        detail = {"type": "job results failed", "title": title, "traceback": order.reason}
        raise HTTPException(400, detail)
    if state != "successful":
        detail = {"type": "result not ready", "title": f"job {order.id} is {state}"}
        raise HTTPException(404, detail)
    require_kept(stock, order)
    return result(stock, order)


def _status(request: Request, stock: Stock, order: Order) -> Json:
    state = order.state(stock.clock())
    here = f"{base_url(request)}/{ROOM}/api/retrieve/v1/jobs/{order.id}"
    finished = order.due.isoformat() if state in {"successful", "failed"} else None
    started = None if state == "accepted" else order.placed.isoformat()
    return {
        "processID": order.subject,
        "type": "process",
        "jobID": order.id,
        "status": state,
        "created": order.placed.isoformat(),
        "started": started,
        "finished": finished,
        "updated": finished or started or order.placed.isoformat(),
        "message": order.reason if state == "failed" else None,
        "metadata": {"request": {"ids": order.request}},
        "links": [
            {"rel": "monitor", "href": here, "type": "application/json"},
            {"rel": "results", "href": f"{here}/results", "type": "application/json"},
        ],
    }
