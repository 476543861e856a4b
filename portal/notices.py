"""Where providers post their notices: ``POST /notices/{source}``.

uvicorn --factory portal.notices:from_environment
"""

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from harvesters.notices.inbox import take_in
from harvesters.notices.message import Message
from hooks import secrets as hook_secrets
from hooks.secrets import Secrets
from inlet.settings import Settings
from lake.ledger.ledger import Ledger
from lake.ledger.notices import NoticeState
from portal.doorkeeper import CHECKS, may_enter

LARGEST_BODY_BYTES = 1 << 20
# pyaviso takes anything but 200 for a failure; all others are told that the work is to come.
_ACCEPTED = {"aviso": HTTPStatus.OK}


class _TooLarge(Exception):
    """A body is larger than a notice can be."""


def create(ledger: Ledger, secrets: Secrets) -> FastAPI:
    """Return the app: 202 with the notice's id once it is safe; 401, 404, 413, 422 otherwise."""
    app = FastAPI(title="Inlet: notices", docs_url=None, redoc_url=None)

    @app.post("/notices/{source}")
    async def receive(source: str, request: Request) -> Response:
        if source not in CHECKS:
            return _answer(HTTPStatus.NOT_FOUND, f"expected one of {', '.join(CHECKS)}")
        try:
            body = await _body(request)
        except _TooLarge:
            at_most = f"expected at most {LARGEST_BODY_BYTES} bytes"
            return _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, at_most)
        message = Message(source, body, ledger.clock(), dict(request.headers))
        if not may_enter(message, secrets):
            return _answer(HTTPStatus.UNAUTHORIZED, "expected this source's signature or password")
        recorded = await run_in_threadpool(take_in, ledger, message)
        if recorded.state is NoticeState.REJECTED:
            return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, recorded.reason, recorded.id)
        return _answer(_ACCEPTED.get(source, HTTPStatus.ACCEPTED), None, recorded.id)

    return app


def from_environment() -> FastAPI:
    """Return the app over the ledger and the secrets that the environment names."""
    return create(Ledger.open(Settings().ledger_url), hook_secrets.from_environment)


async def _body(request: Request) -> bytes:
    """Return the body; a sender who lies about its length is cut off all the same."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > LARGEST_BODY_BYTES:
        raise _TooLarge
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > LARGEST_BODY_BYTES:
            raise _TooLarge
    return bytes(read)


def _answer(status: HTTPStatus, reason: str | None, notice: str | None = None) -> JSONResponse:
    said = {"id": notice, "reason": reason}
    return JSONResponse({k: v for k, v in said.items() if v is not None}, status_code=status)
