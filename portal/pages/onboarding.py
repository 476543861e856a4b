"""New providers and collections: written, probed, approved."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from portal.pages.desk import Desk
from portal.pages.door import Visitor


def router(desk: Desk) -> APIRouter:
    """Return ``/onboarding`` and what is below it."""
    routes = APIRouter(prefix="/onboarding")

    @routes.get("")
    def show(request: Request, visitor: Annotated[Visitor, Depends(desk.door.read)]) -> Response:
        return desk.page(request, visitor, "onboarding.html")

    return routes
