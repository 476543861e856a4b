"""STAC transactions: items handed in, changed and deleted through Inlet's own publisher.

Every change is published and signalled as our own items are. ``If-Match`` holds off a change of
what somebody else changed meanwhile, ``If-None-Match`` that of what must not be there (412).
"""

import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from catalog.errors import CatalogError, Contended, InvalidStac, NotPublished
from inlet import submission
from inlet.errors import ItemChanged, ItemExists, ItemMissing, UnknownCollection, WrongSubmission
from inlet.submission import Condition, Submission, tag_of
from inlet.watched import Watched
from portal import bodies
from portal.bodies import TooLarge
from portal.writers import NotAllowed, NotKnown, Writers

T = TypeVar("T")

LARGEST_BODY_BYTES = 16 << 20
MOST_ITEMS = 1_000
_GEOJSON = "application/geo+json"
_TAG = re.compile(r'(?:W/)?"[^"]*"|\*')
_STATUSES: Mapping[type[Exception], HTTPStatus] = {
    NotKnown: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnknownCollection: HTTPStatus.NOT_FOUND,
    ItemMissing: HTTPStatus.NOT_FOUND,
    NotPublished: HTTPStatus.NOT_FOUND,
    ItemExists: HTTPStatus.CONFLICT,
    ItemChanged: HTTPStatus.PRECONDITION_FAILED,
    WrongSubmission: HTTPStatus.BAD_REQUEST,
    InvalidStac: HTTPStatus.BAD_REQUEST,
    Contended: HTTPStatus.SERVICE_UNAVAILABLE,
    CatalogError: HTTPStatus.UNPROCESSABLE_ENTITY,
}


def router(house: Watched, writers: Writers) -> APIRouter:
    """Return the routes of the STAC transaction extension, for items."""
    routes = APIRouter(prefix="/collections/{collection}/items", tags=["transactions"])
    door = _Door(house, writers)
    routes.add_api_route("", door.create, methods=["POST"], status_code=HTTPStatus.CREATED)
    routes.add_api_route("/{item}", door.replace, methods=["PUT"])
    routes.add_api_route("/{item}", door.patch, methods=["PATCH"])
    routes.add_api_route("/{item}", door.delete, methods=["DELETE"])
    return routes


class _Door:
    """The four ways in, for those who may use them."""

    def __init__(self, house: Watched, writers: Writers) -> None:
        self._house = house
        self._writers = writers

    async def create(self, request: Request, collection: str) -> Response:
        """Add an item, or all items of a feature collection, or none of them."""

        async def created(by: str) -> Response:
            document = await _document(request)
            features = _features(document)
            handed_in = Submission(collection, features, by)
            new = Condition(must_exist=False)
            out = await _aside(lambda: submission.submit(self._house(), handed_in, new))
            if document.get("type") == "FeatureCollection":
                return Response(status_code=HTTPStatus.CREATED)
            place = f"{str(request.url).partition('?')[0].rstrip('/')}/{out[0]['id']}"
            return _item(out[0], HTTPStatus.CREATED, {"location": place})

        return await self._let_in(request, collection, created)

    async def replace(self, request: Request, collection: str, item: str) -> Response:
        """Publish another revision of an item that is out."""

        async def replaced(by: str) -> Response:
            stac = await _document(request)
            if stac.get("id") != item:
                raise WrongSubmission(f"expected the id {item!r}, came {stac.get('id')!r}")
            handed_in = Submission(collection, [stac], by)
            (out,) = await _aside(
                lambda: submission.submit(self._house(), handed_in, _condition(request))
            )
            return _item(out)

        return await self._let_in(request, collection, replaced)

    async def patch(self, request: Request, collection: str, item: str) -> Response:
        """Change an item that is out by a JSON merge patch."""

        async def patched(by: str) -> Response:
            change, given = await _document(request), _condition(request)
            out = await _aside(
                lambda: submission.patch(self._house(), collection, item, change, by, given)
            )
            return _item(out)

        return await self._let_in(request, collection, patched)

    async def delete(self, request: Request, collection: str, item: str) -> Response:
        """Take an item out of the catalogue."""

        async def deleted(by: str) -> Response:
            given = _condition(request)
            await _aside(lambda: submission.delete(self._house(), collection, item, by, given))
            return Response(status_code=HTTPStatus.NO_CONTENT)

        return await self._let_in(request, collection, deleted)

    async def _let_in(
        self, request: Request, collection: str, act: Callable[[str], Any]
    ) -> Response:
        """Let a writer act; answer with the status of whatever is against it."""
        try:
            by = self._writers.enter(request.headers.get("authorization", ""), collection)
            answer: Response = await act(by)
        except tuple(_STATUSES) as error:
            return _refusal(error)
        return answer


async def _document(request: Request) -> dict[str, Any]:
    body = await bodies.read(request, LARGEST_BODY_BYTES)
    try:
        read = json.loads(body)
    except ValueError as error:
        raise WrongSubmission(f"expected JSON, came what is none: {error}") from error
    if not isinstance(read, dict):
        raise WrongSubmission(f"expected a JSON object, came a {type(read).__name__}")
    return read


def _features(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    if document.get("type") == "Feature":
        return [dict(document)]
    features = document.get("features")
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise WrongSubmission(
            f"expected a Feature or a FeatureCollection, came {document.get('type')!r}"
        )
    if not 1 <= len(features) <= MOST_ITEMS or not all(isinstance(f, dict) for f in features):
        raise WrongSubmission(f"expected 1 to {MOST_ITEMS} features, came {len(features)}")
    return features


def _condition(request: Request) -> Condition:
    meant, unless = (_tags(request, name) for name in ("if-match", "if-none-match"))
    return Condition(must_exist=True, tags=meant, unless=unless)


def _tags(request: Request, name: str) -> tuple[str, ...]:
    """Return the entity tags of a header, or ``*``; none where it was not sent."""
    lines = request.headers.getlist(name)
    given = ",".join(lines)
    tags, rest = _TAG.findall(given), _TAG.sub("", given)
    if lines and (not tags or rest.strip(" \t,")):
        raise WrongSubmission(f"expected {name} as entity tags in quotes or *, came {given!r}")
    return tuple(tags)


async def _aside(work: Callable[[], T]) -> T:
    """Do what waits for the database without holding up other requests."""
    return await run_in_threadpool(work)


def _item(
    stac: Mapping[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    told = {"etag": tag_of(stac), **(headers or {})}
    return JSONResponse(dict(stac), status_code=status, headers=told, media_type=_GEOJSON)


def _refusal(error: Exception) -> Response:
    status = next(code for kind, code in _STATUSES.items() if isinstance(error, kind))
    said = {"code": type(error).__name__, "description": str(error)}
    ask = {"www-authenticate": 'Basic realm="Inlet"'} if isinstance(error, NotKnown) else None
    return JSONResponse(said, status_code=status, headers=ask)
