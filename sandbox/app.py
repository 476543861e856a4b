"""All rooms under one roof."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from sandbox.broken import Instead
from sandbox.rooms import (
    auth,
    cds,
    control,
    data,
    eumetsat,
    hda,
    odata,
    opensearch,
    polytope,
    postjson,
    sink,
    stac,
    static,
    switchboard,
)
from sandbox.settings import Settings
from sandbox.stock import Stock

ROOMS = (
    stac,
    static,
    opensearch,
    eumetsat,
    postjson,
    odata,
    cds,
    polytope,
    hda,
    data,
    sink,
    switchboard,
    control,
)
TOKEN_PLACES = ("", "/polytope", "/odata", "/hda")
"""Where a token may be asked for: ``/auth/token`` below each of them."""


def _problem(_: Request, error: Exception) -> Response:
    """Errors as the providers write them: their own document, not wrapped in another."""
    if not isinstance(error, HTTPException):
        raise error
    document = error.detail if isinstance(error.detail, dict) else {"detail": error.detail}
    return JSONResponse(document, error.status_code, headers=dict(error.headers or {}))


def _instead(_: Request, error: Exception) -> Response:
    if not isinstance(error, Instead):
        raise error
    return error.response


def create_app(settings: Settings) -> FastAPI:
    """The sandbox as an ASGI application; what it made is taken away when it ends."""
    stock = Stock(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        stock.close()

    app = FastAPI(title="Sandbox", lifespan=lifespan, openapi_url=None)
    app.state.stock = stock
    app.add_exception_handler(HTTPException, _problem)
    app.add_exception_handler(Instead, _instead)
    for room in ROOMS:
        app.include_router(room.router)
    for place in TOKEN_PLACES:
        app.include_router(auth.router, prefix=place)
    return app
