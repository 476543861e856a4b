"""What the events look like, for machines: ``/asyncapi.json`` and ``/schemas/events/{type}``."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from catalog import event_schemas
from inlet import signalling
from inlet.settings import Settings

_SCHEMA_MEDIA_TYPE = "application/schema+json"


def router(settings: Settings) -> APIRouter:
    """Return the routes; 404 names the types that there are."""
    routes = APIRouter(tags=["events"])

    @routes.get("/asyncapi.json")
    def asyncapi() -> dict[str, Any]:
        return event_schemas.asyncapi(signalling.named_topics(settings))

    @routes.get("/schemas/events/{type_}")
    def schema(type_: str) -> JSONResponse:
        if type_ not in event_schemas.TITLES:
            expected = f"expected one of {', '.join(event_schemas.TITLES)}"
            return JSONResponse({"reason": expected}, status_code=HTTPStatus.NOT_FOUND)
        return JSONResponse(event_schemas.schema(type_), media_type=_SCHEMA_MEDIA_TYPE)

    return routes
