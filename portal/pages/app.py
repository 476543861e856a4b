"""Inlet's pages for operators: one app, which Airflow's UI shows behind its own login."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException

from portal.pages import board, collections, events, items, onboarding, quarantine
from portal.pages.desk import Desk
from portal.pages.drawing import drawing

_STATIC = Path(__file__).parent / "static"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self'; "
    "script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'self'; "
    "base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
"""Nothing of a provider's may run here, whatever it says of itself; a route may say more."""

_ROUTERS = (
    board.router,
    collections.router,
    items.router,
    quarantine.router,
    events.router,
    onboarding.router,
)


def create(desk: Desk) -> FastAPI:
    """Return the app. Every route but the stylesheet and script asks ``desk.door`` first."""
    app = FastAPI(title="Inlet", openapi_url=None)
    for router in _ROUTERS:
        app.include_router(router(desk))
    app.middleware("http")(_guard)
    app.exception_handler(HTTPException)(_refusal)
    app.get("/static/{name}")(_static)
    return app


async def _guard(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _refusal(request: Request, error: HTTPException) -> Response:
    """Tell a person why there is no page; Airflow's door answers 401 and 403."""
    base = str(request.scope.get("root_path", ""))
    page = drawing.get_template("error.html").render(
        base=base,
        airflow=base.rpartition("/")[0],
        status=error.status_code,
        says=HTTPStatus(error.status_code).phrase,
        why=error.detail,
    )
    return HTMLResponse(page, error.status_code, headers=error.headers)


def _static(name: str) -> Response:
    known = {file.name for file in _STATIC.iterdir()}
    if name not in known:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    return FileResponse(_STATIC / name, headers={"Cache-Control": "max-age=300"})
