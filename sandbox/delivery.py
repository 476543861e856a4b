"""How bytes leave: Content-Length, ETag, HEAD and Range as in HTTP, and faults as ordered."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from sandbox.broken import Broken, Ending
from sandbox.faults import Fault
from sandbox.shelf import AtRest
from sandbox.stock import Stock, room_of

CHUNK_BYTES = 256 * 1024
PARTIAL, UNSATISFIABLE = 206, 416
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
_HTML = b"<!doctype html><title>Sign in</title><p>Your session has ended. Please sign in.</p>"
_JSON = b'{"status": "running", "message": "The product is not ready yet."}'


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request for the bytes of a product."""

    request: Request
    stock: Stock
    rest: AtRest
    media_type: str

    def strikes(self, name: str) -> Fault | None:
        """The fault, if this request is struck."""
        path = self.request.url.path
        return self.stock.faults.strikes(name, room_of(self.request), path)

    def headers(self, length: int, start: int | None = None) -> dict[str, str]:
        """Those of a body of ``length`` bytes, which is a part if it has a ``start``."""
        found = {
            "Content-Type": self.media_type,
            "Content-Length": str(length),
            "ETag": f'"{self.rest.etag}"',
            "Accept-Ranges": "bytes",
        }
        if start is not None:
            found["Content-Range"] = f"bytes {start}-{start + length - 1}/{self.rest.size}"
        return found


def deliver(request: Request, stock: Stock, rest: AtRest, media_type: str) -> Response:
    """The bytes of a product, or what the faults of the room make of them.

    One range is answered with 206, a wrong one with 416, several with the whole (RFC 9110 allows
    that).
    """
    delivery = Delivery(request, stock, rest, media_type)
    if request.method == "HEAD":
        return Response(headers=delivery.headers(rest.size))
    for name, answer in _INSTEAD.items():
        if fault := delivery.strikes(name):
            return answer(delivery, fault)
    if "range" in request.headers:
        return _part(delivery)
    return _body(delivery, 0, rest.size)


def _part(asked: Delivery) -> Response:
    if asked.strikes("no_range"):
        return _body(asked, 0, asked.rest.size)
    if asked.strikes("etag_changes_midway"):
        asked = Delivery(asked.request, asked.stock, asked.rest.altered(), asked.media_type)
    span = _span(asked.request, asked.rest)
    if span is None:
        headers = {"Content-Range": f"bytes */{asked.rest.size}"}
        return Response(status_code=UNSATISFIABLE, headers=headers)
    start, stop = span
    if stop - start == asked.rest.size:
        return _body(asked, start, stop)
    if asked.strikes("range_lies"):
        lie = bytes(byte ^ 0xFF for byte in asked.rest.read(start, stop))
        return Response(lie, PARTIAL, asked.headers(stop - start, start))
    return _body(asked, start, stop, is_part=True)


def _body(asked: Delivery, start: int, stop: int, *, is_part: bool = False) -> Response:
    headers = asked.headers(stop - start, start if is_part else None)
    status = PARTIAL if is_part else 200
    if fault := asked.strikes("evil_filename"):
        headers["Content-Disposition"] = f'attachment; filename="{fault.text("filename")}"'
    for name, ending in _ENDINGS.items():
        if fault := asked.strikes(name):
            seconds = fault.number("seconds") if ending is Ending.SILENCE else 0
            if ending is Ending.CLEAN:
                del headers["Content-Length"]
            half = asked.rest.read(start, start + (stop - start) // 2)
            return Broken(ending, half, status, headers, seconds=seconds)
    chunks = _chunks(asked.rest, start, stop, asked.strikes("slow_body"))
    return StreamingResponse(chunks, status, headers)


def _span(request: Request, rest: AtRest) -> tuple[int, int] | None:
    match = _RANGE.match(request.headers.get("range", ""))
    is_stale = request.headers.get("if-range", f'"{rest.etag}"') != f'"{rest.etag}"'
    if match is None or is_stale or match.groups() == ("", ""):
        return 0, rest.size
    first, last = match.groups()
    if not first:
        return max(rest.size - int(last), 0), rest.size
    stop = min(int(last) + 1, rest.size) if last else rest.size
    return (int(first), stop) if int(first) < stop else None


async def _chunks(rest: AtRest, start: int, stop: int, slow: Fault | None) -> AsyncIterator[bytes]:
    size = int(slow.number("chunk_bytes")) if slow else CHUNK_BYTES
    for offset in range(start, stop, size):
        if slow:
            await asyncio.sleep(slow.number("seconds"))
        yield await asyncio.to_thread(rest.read, offset, min(offset + size, stop))


def _page(_: Delivery, fault: Fault) -> Response:
    content = _HTML if fault.name == "html_instead_of_data" else _JSON
    return Response(content, media_type=fault.text("declared"))


def _nothing(asked: Delivery, _: Fault) -> Response:
    return Response(b"", media_type=asked.media_type)


def _elsewhere(asked: Delivery, _: Fault) -> Response:
    return RedirectResponse(asked.stock.elsewhere.deposit(asked.rest, asked.media_type), 302)


def _private(_: Delivery, fault: Fault) -> Response:
    return RedirectResponse(fault.text("to"), 302)


_INSTEAD: Mapping[str, Callable[[Delivery, Fault], Response]] = {
    "html_instead_of_data": _page,
    "json_instead_of_data": _page,
    "empty_body": _nothing,
    "redirect_elsewhere": _elsewhere,
    "redirect_to_private": _private,
}
_ENDINGS: Mapping[str, Ending] = {
    "truncated_body": Ending.CUT,
    "truncated_without_length": Ending.CLEAN,
    "reset_midway": Ending.RESET,
    "stalled_body": Ending.SILENCE,
}
