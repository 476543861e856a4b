"""The door of every room: whoever comes may be refused, cut off or left waiting here."""

from collections.abc import Callable

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from sandbox.broken import Broken, Ending, Instead, reset
from sandbox.faults import Fault
from sandbox.retry import retry_after
from sandbox.stock import TheStock, room_of

_PROMISED = {"Content-Type": "application/json", "Content-Length": "4096"}


def gate(request: Request, stock: TheStock) -> None:
    """Refuse, if the switchboard says so."""
    room, path = room_of(request), request.url.path
    if fault := stock.faults.strikes("http_429_with_retry_after", room, path):
        headers = retry_after(fault, stock.clock())
        raise HTTPException(429, "Too many requests", headers=headers)
    if fault := stock.faults.strikes("unavailable", room, path):
        raise HTTPException(int(fault.number("status")), "Service temporarily unavailable")
    for name, answer in _ANSWERS.items():
        if fault := stock.faults.strikes(name, room, path):
            raise Instead(answer(request, fault))


def refuse_good_credential(request: Request, stock: TheStock, token: str = "") -> None:
    """Refuse whom the room has just let in, if the switchboard says so; raises HTTPException."""
    room, path = room_of(request), request.url.path
    ends = stock.faults.strikes("token_expires_midway", room, path)
    if ends:
        stock.tokens.revoke(token)
    if ends or stock.faults.strikes("auth_401_once", room, path):
        challenge = {"WWW-Authenticate": "Bearer"}
        raise HTTPException(401, "Missing, unknown or expired token", headers=challenge)


def _reset(_: Request, __: Fault) -> Response:
    return reset()


def _mute(_: Request, fault: Fault) -> Response:
    return Broken(Ending.SILENCE, is_mute=True, seconds=fault.number("seconds"))


def _stall(_: Request, fault: Fault) -> Response:
    return Broken(Ending.SILENCE, headers=_PROMISED, seconds=fault.number("seconds"))


def _loop(request: Request, _: Fault) -> Response:
    return RedirectResponse(str(request.url), 307)


_ANSWERS: dict[str, Callable[[Request, Fault], Response]] = {
    "connection_reset": _reset,
    "no_answer": _mute,
    "stalled_response": _stall,
    "redirect_loop": _loop,
}
