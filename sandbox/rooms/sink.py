"""A receiver of webhooks that keeps whatever it is sent."""

import base64

from fastapi import APIRouter, Depends, Request

from sandbox.gate import gate
from sandbox.orders import Json
from sandbox.stock import TheStock

router = APIRouter(prefix="/sink", tags=["sink"])


@router.post("/{name}", dependencies=[Depends(gate)])
async def receive(request: Request, stock: TheStock, name: str) -> Json:
    """Keep headers and raw body."""
    entry = {
        "received_at": stock.clock().isoformat(),
        "headers": dict(request.headers),
        "body_base64": base64.b64encode(await request.body()).decode(),
    }
    stock.received[name].append(entry)
    return {"received": len(stock.received[name])}


@router.get("/{name}")
async def received(stock: TheStock, name: str) -> list[Json]:
    """All that came, in order."""
    return stock.received.get(name, [])


@router.delete("/{name}")
async def forget(stock: TheStock, name: str) -> Json:
    """Forget what came."""
    return {"forgotten": len(stock.received.pop(name, []))}
