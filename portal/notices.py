"""Where providers post their notices: ``POST /notices/{source}``."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from harvesters.notices.inbox import take_in
from harvesters.notices.message import Message
from hooks.secrets import Secrets
from lake.ledger.ledger import Ledger
from lake.ledger.notices import NoticeState
from portal import bodies
from portal.bodies import TooLarge
from portal.doorkeeper import CHECKS, may_enter

LARGEST_BODY_BYTES = 1 << 20
# pyaviso takes anything but 200 for a failure; all others are told that the work is to come.
_ACCEPTED = {"aviso": HTTPStatus.OK}


def router(ledger: Ledger, secrets: Secrets) -> APIRouter:
    """Return the route: 202 with the notice's id once it is safe; 401, 404, 413, 422 otherwise."""
    routes = APIRouter(tags=["notices"])

    @routes.post("/notices/{source}")
    async def receive(source: str, request: Request) -> Response:
        if source not in CHECKS:
            return _answer(HTTPStatus.NOT_FOUND, f"expected one of {', '.join(CHECKS)}")
        try:
            body = await bodies.read(request, LARGEST_BODY_BYTES)
        except TooLarge:
            at_most = f"expected at most {LARGEST_BODY_BYTES} bytes"
            return _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, at_most)
        message = Message(source, body, ledger.clock(), dict(request.headers))
        if not may_enter(message, secrets):
            return _answer(HTTPStatus.UNAUTHORIZED, "expected this source's signature or password")
        recorded = await run_in_threadpool(take_in, ledger, message)
        if recorded.state is NoticeState.REJECTED:
            return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, recorded.reason, recorded.id)
        return _answer(_ACCEPTED.get(source, HTTPStatus.ACCEPTED), None, recorded.id)

    return routes


def _answer(status: HTTPStatus, reason: str | None, notice: str | None = None) -> JSONResponse:
    said = {"id": notice, "reason": reason}
    return JSONResponse({k: v for k, v in said.items() if v is not None}, status_code=status)
