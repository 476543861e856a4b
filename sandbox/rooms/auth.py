"""Tokens for a user and a password, as forms send them; and the check of those tokens."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Header, HTTPException, Request

from sandbox.gate import gate, refuse_good_credential
from sandbox.orders import Json
from sandbox.stock import TheStock

router = APIRouter(prefix="/auth", tags=["auth"], dependencies=[Depends(gate)])


@router.post("/token")
async def token(request: Request, stock: TheStock) -> Json:
    """An access token for ``username`` (any) and ``password`` (the sandbox's key)."""
    form = parse_qs((await request.body()).decode(errors="replace"))
    username, password = (form.get(name, [""])[0] for name in ("username", "password"))
    issued = stock.tokens.issue(username, password)
    if issued is None:
        detail = {"error": "invalid_grant", "error_description": "Invalid user credentials"}
        raise HTTPException(401, detail)
    seconds = int(stock.tokens.lifetime.total_seconds())
    return {"access_token": issued, "token_type": "Bearer", "expires_in": seconds}


def bearer(
    request: Request,
    stock: TheStock,
    authorization: Annotated[str, Header()] = "",
    token: str = "",
) -> None:
    """Refuse with 401 whoever brings no valid token, in the header or in the query."""
    given = authorization.removeprefix("Bearer ") or token
    if not stock.tokens.accept(given):
        challenge = {"WWW-Authenticate": "Bearer"}
        raise HTTPException(401, "Missing, unknown or expired token", headers=challenge)
    refuse_good_credential(request, stock, given)
