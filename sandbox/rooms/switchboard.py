"""Faults on and off, and a look behind the counter: who ordered what."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from sandbox.faults import ANY, Fault, Tally
from sandbox.kinds import KINDS, Option
from sandbox.orders import Json
from sandbox.stock import TheStock

router = APIRouter(tags=["switchboard"])


class FaultBody(BaseModel):
    """A fault to switch on."""

    model_config = ConfigDict(extra="forbid")

    name: str
    provider: str = ANY
    every: int | None = None
    times: int | None = None
    after: int = 0
    subject: str = ""
    options: dict[str, Option] = {}


@router.post("/faults", status_code=201)
def switch_on(stock: TheStock, body: FaultBody) -> Json:
    """Switch one on; an unknown one is refused with the list of those there are."""
    try:
        fault = Fault(**body.model_dump())
    except ValueError as error:
        raise HTTPException(400, str(error)) from error
    stock.faults.set(fault)
    return _shown(Tally(fault))


@router.delete("/faults")
def switch_off(stock: TheStock, name: str | None = None, provider: str | None = None) -> Json:
    """Switch all off, or those of that name and provider."""
    stock.faults.clear(name, provider)
    return {"faults": [_shown(tally) for tally in stock.faults.tallies()]}


@router.get("/faults")
def tallies(stock: TheStock) -> Json:
    """What is on and how often it struck."""
    return {"faults": [_shown(t) for t in stock.faults.tallies()]}


@router.get("/faults/kinds")
def kinds() -> list[Json]:
    """All faults that there are: which rooms can show them, when they strike, their options."""
    return [
        {
            "name": name,
            "stage": kind.stage,
            "families": sorted(kind.families),
            "what": kind.what,
            "options": dict(kind.options),
            "times": kind.times,
        }
        for name, kind in KINDS.items()
    ]


@router.get("/orders")
def orders(stock: TheStock, room: str | None = None) -> list[Json]:
    """Every order since the start, whichever protocol it came by."""
    now = stock.clock()
    return [
        {
            "id": order.id,
            "room": order.room,
            "subject": order.subject,
            "request": order.request,
            "placed": order.placed.isoformat(),
            "state": order.state(now),
            "reason": order.reason,
        }
        for order in stock.orders.of(room)
    ]


def _shown(tally: Tally) -> Json:
    fault = tally.fault
    return {
        "name": fault.name,
        "provider": fault.provider,
        "every": fault.every,
        "times": fault.times,
        "after": fault.after,
        "subject": fault.subject,
        "options": dict(fault.options),
        "occasions": tally.occasions,
        "hits": tally.hits,
    }
