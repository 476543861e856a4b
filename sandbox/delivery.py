"""How bytes leave: Content-Length, ETag, HEAD and Range as in HTTP, and faults as ordered."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from sandbox.faults import Fault, Faults
from sandbox.shelf import AtRest

CHUNK_BYTES = 256 * 1024
PARTIAL, UNSATISFIABLE = 206, 416
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
_HTML = "<!doctype html><title>Sign in</title><p>Your session has ended. Please sign in again.</p>"


class ConnectionCut(Exception):
    """The connection was closed on purpose, in the middle of a body."""


def deliver(request: Request, product: AtRest, media_type: str, faults: Faults) -> Response:
    """The bytes of a product, or what the faults of the room make of them.

    The room is the first part of the URL's path. One range is answered with 206, a wrong one with
    416, several with the whole (RFC 9110 allows that).
    """
    room = request.url.path.split("/")[1]
    if request.method == "HEAD":
        return Response(media_type=media_type, headers=_headers(product, product.size))
    if faults.strikes("html_instead_of_data", room):
        return HTMLResponse(_HTML)
    span = _span(request, product)
    if span is None:
        headers = {"Content-Range": f"bytes */{product.size}"}
        return Response(status_code=UNSATISFIABLE, headers=headers)
    start, stop = span
    headers = _headers(product, stop - start)
    is_partial = "range" in request.headers and (stop - start) < product.size
    status = PARTIAL if is_partial else 200
    if is_partial:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{product.size}"
    if faults.strikes("truncated_body", room):
        kept = start + (stop - start) // 2
        return _CutResponse(_read(product.path, start, kept), status, headers, media_type)
    body = _chunks(product.path, start, stop, faults.strikes("slow_body", room))
    return StreamingResponse(body, status, headers, media_type)


def _headers(product: AtRest, length: int) -> dict[str, str]:
    return {
        "Content-Length": str(length),
        "ETag": f'"{product.sha256[:32]}"',
        "Accept-Ranges": "bytes",
    }


def _span(request: Request, product: AtRest) -> tuple[int, int] | None:
    match = _RANGE.match(request.headers.get("range", ""))
    stale = (
        request.headers.get("if-range", f'"{product.sha256[:32]}"') != f'"{product.sha256[:32]}"'
    )
    if match is None or stale or match.groups() == ("", ""):
        return 0, product.size
    first, last = match.groups()
    if not first:
        return max(product.size - int(last), 0), product.size
    stop = min(int(last) + 1, product.size) if last else product.size
    return (int(first), stop) if int(first) < stop else None


def _read(path: Path, start: int, stop: int) -> bytes:
    with path.open("rb") as source:
        source.seek(start)
        return source.read(stop - start)


async def _chunks(path: Path, start: int, stop: int, slow: Fault | None) -> AsyncIterator[bytes]:
    size = int(slow.number("chunk_bytes", 65_536)) if slow else CHUNK_BYTES
    for offset in range(start, stop, size):
        if slow:
            await asyncio.sleep(slow.number("seconds", 0.05))
        yield await asyncio.to_thread(_read, path, offset, min(offset + size, stop))


class _CutResponse(Response):
    """Sends a part of what its Content-Length promises, then closes the connection."""

    def __init__(self, body: bytes, status: int, headers: dict[str, str], media_type: str) -> None:
        super().__init__(body, status, headers, media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        raise ConnectionCut
