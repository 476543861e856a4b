"""Answers that break HTTP on purpose: cut, reset, silent, or given instead of the right one."""

import asyncio
import os
import socket
import struct
from enum import Enum, auto

from fastapi import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TRANSPORT = "sandbox.transport"
_LINGER_NOT = struct.pack("ii", 1, 0)


class ConnectionCut(Exception):
    """The connection was closed on purpose, in the middle of an answer."""


class Instead(Exception):
    """Raised by whoever may only return documents: answer this response instead."""

    def __init__(self, response: Response) -> None:
        super().__init__(type(response).__name__)
        self.response = response


class Ending(Enum):
    """How an answer that is not whole ends."""

    CLEAN = auto()
    CUT = auto()
    RESET = auto()
    SILENCE = auto()


class Broken(Response):
    """Sends status, headers and ``body`` as they are, then ends as told.

    ``is_mute`` leaves out even status and headers; a silence lasts ``seconds``, or until the
    client has gone.
    """

    def __init__(
        self,
        ending: Ending,
        body: bytes = b"",
        status: int = 200,
        headers: dict[str, str] | None = None,
        *,
        is_mute: bool = False,
        seconds: float = 0,
    ) -> None:
        super().__init__(b"", status)
        self.raw_headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in (headers or {}).items()
        ]
        self._ending, self._content = ending, body
        self._is_mute, self._seconds = is_mute, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and break."""
        if not self._is_mute:
            start = {"type": "http.response.start", "status": self.status_code}
            await send({**start, "headers": self.raw_headers})
            goes_on = self._ending is not Ending.CLEAN
            await send({"type": "http.response.body", "body": self._content, "more_body": goes_on})
        if self._ending is Ending.SILENCE:
            await _wait_until_gone(receive, self._seconds)
        if self._ending is Ending.RESET or self._is_mute:
            await _drop(scope, receive, is_reset=self._ending is Ending.RESET)
        elif self._ending is not Ending.CLEAN:
            raise ConnectionCut


def reset() -> Broken:
    """A connection that is reset without an answer."""
    return Broken(Ending.RESET, is_mute=True)


class Reachable:
    """An application whose answers can reach the connection they go out by."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the transport (uvicorn's, of its cycle's bound ``send``) in the scope."""
        cycle = getattr(send, "__self__", None)
        scope[TRANSPORT] = getattr(cycle, "transport", None)
        await self._app(scope, receive, send)


async def _drop(scope: Scope, receive: Receive, *, is_reset: bool) -> None:
    transport: asyncio.Transport = scope[TRANSPORT]
    if is_reset:
        number = os.dup(transport.get_extra_info("socket").fileno())
        with socket.socket(fileno=number) as twin:
            twin.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()
    await _wait_until_gone(receive, 1)


async def _wait_until_gone(receive: Receive, seconds: float) -> None:
    async def gone() -> None:
        message: Message = {"type": ""}
        while message["type"] != "http.disconnect":
            message = await receive()

    try:
        await asyncio.wait_for(gone(), seconds)
    except TimeoutError:
        return
