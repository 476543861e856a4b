"""A page of a STAC search as a document, with its next link; two rooms answer so."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, HTTPException, Request, Response
from pydantic import ValidationError

from sandbox.holdings.products import Product
from sandbox.orders import Json
from sandbox.paging import Cutter, Page
from sandbox.stac_documents import link
from sandbox.stac_query import BACKENDS, LINK, NEXT, WHOLE, BadQuery, Search
from sandbox.stock import Stock, room_of

_GEOJSON = "application/geo+json"


def search_of_url(request: Request) -> Search:
    """A search as GET writes it: lists by comma, sort keys with + or - before them."""
    body: dict[str, Any] = dict(request.query_params)
    for name in ("collections", "ids", "bbox"):
        if name in body:
            body[name] = body[name].split(",")
    if "sortby" in body:
        keys = body["sortby"].split(",")
        body["sortby"] = [
            {"field": k.lstrip("+- "), "direction": "desc" if k[0] == "-" else "asc"} for k in keys
        ]
    try:
        if body.get("token", "").startswith(LINK):
            return Search.from_link(body["token"])
        return Search.model_validate(body)
    except (ValidationError, ValueError) as error:
        raise HTTPException(400, str(error)) from error


UrlSearch = Annotated[Search, Depends(search_of_url)]


@dataclass(frozen=True, slots=True)
class Answer:
    """How one room answers: ``write`` makes an item's document.

    ``backend``: what the body of a next link names besides the token, if the room needs that.
    """

    request: Request
    stock: Stock
    write: Callable[[Product], Json]
    backend: str | None = None

    def page(self, search: Search, found: Sequence[Product]) -> Response:
        """The page of what was found that the search's token leads to."""
        try:
            start = search.offset
        except BadQuery as error:
            raise HTTPException(400, str(error)) from error
        if search.lacks_its_body:
            return self._response(Page([], 0, None), search)
        subject = f"{self.request.url.path} {','.join(search.collections or [])}"
        cutter = Cutter(self.stock.faults, room_of(self.request), subject)
        limit = min(search.limit, self.stock.settings.page_cap)
        return self._response(cutter.cut(found, start, limit), search)

    def single(self, item: Json) -> Response:
        """The page of a search that finds this item alone."""
        return self._document([item], [], 1)

    def _response(self, page: Page, search: Search) -> Response:
        features = [self.write(product) for product in page.products]
        if features and self._strikes("other_collection"):
            features[-1] = {**features[-1], "collection": "another-collection"}
        following = page.following
        links = [] if following is None else [self._next(search, following)]
        return self._document(features, links, page.stated)

    def _document(self, features: list[Json], links: list[Json], stated: int | None) -> Response:
        document: Json = {
            "type": "FeatureCollection",
            "features": features,
            "links": [link("self", str(self.request.url)), *links],
            "numberReturned": len(features),
        }
        if stated is not None:
            document["numberMatched"] = stated
        return Response(json.dumps(document), media_type=_GEOJSON)

    def _next(self, search: Search, offset: int) -> Json:
        found = link("next", str(self.request.url.replace(query="")), _GEOJSON)
        if self.request.method == "GET":
            is_whole = self.request.query_params.get("token", "").startswith(LINK)
            token = self._followed(search, offset).to_link() if is_whole else f"{NEXT}:{offset}"
            query = urlencode({**self.request.query_params, "token": token})
            return {**found, "method": "GET", "href": f"{found['href']}?{query}"}
        followed = self._followed(search, offset)
        if self._strikes("get_next_link"):
            return {**found, "href": f"{found['href']}?{urlencode({'token': followed.to_link()})}"}
        body = followed.model_dump(mode="json", exclude_none=True)
        return {**found, "method": "POST", "body": body}

    def _followed(self, search: Search, offset: int) -> Search:
        backend = self.backend
        if backend is None and self._strikes("next_body_required"):
            backend = room_of(self.request)
        if backend is None:
            return search.model_copy(update={"token": f"{NEXT}:{offset}"})
        query = {**(search.query or {}), BACKENDS: {"eq": backend}}
        return search.model_copy(update={"token": f"{WHOLE}:{offset}", "query": query})

    def _strikes(self, name: str) -> bool:
        path = self.request.url.path
        return self.stock.faults.strikes(name, room_of(self.request), path) is not None
