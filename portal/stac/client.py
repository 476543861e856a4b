"""What the STAC API answers: pgstac's answers, with the requests refused that it stumbles over."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import cql2
from asyncpg.exceptions import DataError, RaiseError, SyntaxOrAccessError
from fastapi import Request
from fastapi.responses import JSONResponse
from stac_fastapi.pgstac.core import CoreCrudClient
from stac_fastapi.pgstac.types.search import PgstacSearch
from stac_fastapi.types.errors import InvalidQueryParameter
from stac_fastapi.types.requests import get_base_url

from inlet.submission import tag_of

_GEOJSON = "application/geo+json"
_TEXT = "cql2-text"
_CHILDREN = "SELECT id, content->>'title' AS title FROM pgstac.collections ORDER BY id"


class Client(CoreCrudClient):  # type: ignore[misc] # its types are skipped
    """Answers from pgstac."""

    async def landing_page(self, request: Request, **kwargs: object) -> object:
        """Return the landing page, from which every collection can be reached."""
        page = await super().landing_page(request=request, **kwargs)
        known = {link["href"] for link in page["links"] if link["rel"] == "child"}
        base = get_base_url(request).rstrip("/")
        async with request.app.state.get_connection(request, "r") as connection:
            rows = await connection.fetch(_CHILDREN)
        children = [_child(base, row["id"], row["title"]) for row in rows]
        page["links"].extend(child for child in children if child["href"] not in known)
        return page

    async def get_search(self, request: Request, **kwargs: object) -> object:
        """Search by the URL's parameters."""
        with _understood():
            return _as_geojson(await super().get_search(request, **kwargs))

    async def post_search(
        self, search_request: PgstacSearch, request: Request, **kwargs: object
    ) -> object:
        """Search by a JSON body."""
        with _understood():
            return _as_geojson(await super().post_search(search_request, request, **kwargs))

    async def item_collection(
        self, collection_id: str, request: Request, **kwargs: object
    ) -> object:
        """Search one collection."""
        with _understood():
            return _as_geojson(await super().item_collection(collection_id, request, **kwargs))

    async def all_collections(self, request: Request, **kwargs: object) -> object:
        """Search the collections."""
        with _understood():
            return await super().all_collections(request, **kwargs)

    async def get_item(
        self, item_id: str, collection_id: str, request: Request, **kwargs: object
    ) -> object:
        """Return one item, with the tag by which a change of it can be made safe."""
        item = _with_null_time(await super().get_item(item_id, collection_id, request, **kwargs))
        return JSONResponse(item, headers={"etag": tag_of(item)}, media_type=_GEOJSON)

    def _clean_search_args(
        self,
        base_args: dict[str, object],
        *,
        filter_query: str | None = None,
        filter_lang: str | None = None,
        fields: Sequence[str] | None = None,
        **kwargs: object,
    ) -> object:
        if filter_query and filter_lang == _TEXT:
            cql2.parse_text(filter_query)  # the library's own parser raises a bare Exception
        return super()._clean_search_args(
            base_args,
            filter_query=filter_query,
            filter_lang=filter_lang,
            fields=[name for name in fields or () if name.strip("+-")],
            **kwargs,
        )

    async def _search_base(self, search_request: PgstacSearch, request: Request) -> object:
        token = getattr(search_request, "token", None)
        asked = _across_the_antimeridian(search_request)
        try:
            return await super()._search_base(asked, request)
        except RaiseError as error:
            if token is None:
                raise
            raise InvalidQueryParameter(
                f"expected a token of an answer's next or prev link, came {token!r}; its item may "
                "be gone: search anew"
            ) from error


@contextmanager
def _understood() -> Iterator[None]:
    """Answer 400 with a sentence where a filter, a query or a value cannot be understood."""
    try:
        yield
    except (cql2.ParseError, cql2.ValidationError) as error:
        raise InvalidQueryParameter(
            f"expected CQL2, came a filter that is none: {error}"
        ) from error
    except json.JSONDecodeError as error:
        raise InvalidQueryParameter(f"expected JSON, came what is none: {error}") from error
    except (DataError, RaiseError, SyntaxOrAccessError) as error:
        raise InvalidQueryParameter(
            f"expected a search that the catalogue understands, came one that it refuses: {error}"
        ) from error


def _across_the_antimeridian(asked: PgstacSearch) -> PgstacSearch:
    """Return the search with a box whose west lies east of its east cut in two.

    pgstac would search the rest of the globe instead.
    """
    box = asked.bbox
    if box is None:
        return asked
    half = len(box) // 2
    west, south = box[:2]
    east, north = box[half : half + 2]
    if west <= east:
        return asked
    parts = [_ring(west, south, 180.0, north), _ring(-180.0, south, east, north)]
    intersects = {"type": "MultiPolygon", "coordinates": parts}
    values = asked.model_dump(by_alias=True, exclude_unset=True, exclude={"bbox"})
    return type(asked)(**values | {"intersects": intersects})


def _ring(west: float, south: float, east: float, north: float) -> list[list[tuple[float, float]]]:
    return [[(west, south), (east, south), (east, north), (west, north), (west, south)]]


def _as_geojson(answer: Any) -> object:  # noqa: ANN401 - features, or a response with them
    """Give an answer that the fields extension made the media type that its links promise."""
    if isinstance(answer, JSONResponse):
        answer.headers["content-type"] = _GEOJSON
    else:
        for feature in answer["features"]:
            _with_null_time(feature)
    return answer


def _with_null_time(item: Any) -> Any:  # noqa: ANN401 - a STAC item as plain JSON
    """Return an item over a span with the ``datetime: null`` that pgstac strips and STAC wants."""
    said = item["properties"]
    if {"start_datetime", "end_datetime"} <= said.keys():
        said.setdefault("datetime", None)
    return item


def _child(base: str, name: str, title: str | None) -> dict[str, str]:
    href = f"{base}/collections/{name}"
    return {"rel": "child", "type": "application/json", "title": title or name, "href": href}
