"""The STAC API over pgstac: core, collections, features, item search, and its extensions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from buildpg import asyncpg
from fastapi import FastAPI
from sqlalchemy import make_url
from stac_fastapi.api.app import StacApi
from stac_fastapi.api.errors import DEFAULT_STATUS_CODES
from stac_fastapi.api.models import (
    ItemCollectionUri,
    JSONResponse,
    create_get_request_model,
    create_post_request_model,
    create_request_model,
)
from stac_fastapi.extensions import (
    CollectionSearchExtension,
    CollectionSearchFilterExtension,
    FieldsExtension,
    ItemCollectionFilterExtension,
    OffsetPaginationExtension,
    SearchFilterExtension,
    SortExtension,
    TokenPaginationExtension,
)
from stac_fastapi.extensions.fields import FieldsConformanceClasses
from stac_fastapi.extensions.free_text import FreeTextConformanceClasses
from stac_fastapi.extensions.query import QueryConformanceClasses
from stac_fastapi.extensions.sort import SortConformanceClasses
from stac_fastapi.pgstac.config import Settings as StacSettings
from stac_fastapi.pgstac.core import health_check
from stac_fastapi.pgstac.db import con_init, get_connection
from stac_fastapi.pgstac.extensions import FreeTextExtension, QueryExtension
from stac_fastapi.pgstac.extensions.filter import FiltersClient
from stac_fastapi.pgstac.types.search import PgstacSearch
from stac_fastapi.types.conformance import BASE_CONFORMANCE_CLASSES
from stac_fastapi.types.extension import ApiExtension

from portal.stac.client import Client

_MOST_CONNECTIONS = 10
_STATEMENT_TIMEOUT = "30s"
_TITLE = "Inlet"
_DESCRIPTION = "What has entered the lake: Earth-observation and climate data as Zarr cubes."
_TRANSACTIONS = (
    "https://api.stacspec.org/v1.0.0/ogcapi-features/extensions/transaction",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/simpletx",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/optimistic-locking-etags",
)
# An answer to a mistake of ours says nothing of what is inside.
_STATUSES = {kind: code for kind, code in DEFAULT_STATUS_CODES.items() if kind is not Exception}


def create(ledger_url: str, *, takes_items: bool = False) -> FastAPI:
    """Return the app over the pgstac that lies in the ledger's database.

    ``takes_items`` says so among what it conforms to; the routes for it are added elsewhere.
    """
    search = _search_extensions()
    of_collection = _item_extensions()
    collections = CollectionSearchExtension.from_extensions(_collection_extensions())
    settings = StacSettings(stac_fastapi_title=_TITLE, stac_fastapi_description=_DESCRIPTION)
    post_model = create_post_request_model(search, base_model=PgstacSearch)
    api = StacApi(
        app=_app(ledger_url),
        settings=settings,
        extensions=[*search, *of_collection, collections],
        exceptions=_STATUSES,
        client=Client(
            pgstac_search_model=post_model,
            landing_page_id="inlet",
            base_conformance_classes=[
                *BASE_CONFORMANCE_CLASSES,
                *(_TRANSACTIONS if takes_items else ()),
            ],
        ),
        response_class=JSONResponse,
        items_get_request_model=create_request_model(
            "ItemCollectionUri", ItemCollectionUri, of_collection, request_type="GET"
        ),
        search_get_request_model=create_get_request_model(search),
        search_post_request_model=post_model,
        collections_get_request_model=collections.GET,
        health_check=health_check,
    )
    made: FastAPI = api.app
    return made


def _app(ledger_url: str) -> FastAPI:
    dsn = make_url(ledger_url).set(drivername="postgresql")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(
            dsn.render_as_string(hide_password=False),
            min_size=1,
            max_size=_MOST_CONNECTIONS,
            init=con_init,
            server_settings={
                "search_path": "pgstac,public",
                "application_name": "inlet portal",
                "statement_timeout": _STATEMENT_TIMEOUT,
            },
        ) as pool:
            app.state.readpool = pool
            app.state.get_connection = get_connection
            yield

    return FastAPI(
        title=_TITLE,
        description=_DESCRIPTION,
        openapi_url="/api",
        docs_url="/api.html",
        redoc_url=None,
        lifespan=lifespan,
    )


def _search_extensions() -> list[ApiExtension]:
    return [
        QueryExtension(),
        SortExtension(),
        FieldsExtension(),
        SearchFilterExtension(client=FiltersClient()),
        FreeTextExtension(conformance_classes=[FreeTextConformanceClasses.SEARCH]),
        TokenPaginationExtension(),
    ]


def _item_extensions() -> list[ApiExtension]:
    return [
        QueryExtension(conformance_classes=[QueryConformanceClasses.ITEMS]),
        SortExtension(conformance_classes=[SortConformanceClasses.ITEMS]),
        FieldsExtension(conformance_classes=[FieldsConformanceClasses.ITEMS]),
        ItemCollectionFilterExtension(client=FiltersClient()),
        TokenPaginationExtension(),
    ]


def _collection_extensions() -> list[ApiExtension]:
    return [
        QueryExtension(conformance_classes=[QueryConformanceClasses.COLLECTIONS]),
        SortExtension(conformance_classes=[SortConformanceClasses.COLLECTIONS]),
        FieldsExtension(conformance_classes=[FieldsConformanceClasses.COLLECTIONS]),
        CollectionSearchFilterExtension(client=FiltersClient()),
        FreeTextExtension(conformance_classes=[FreeTextConformanceClasses.COLLECTIONS]),
        OffsetPaginationExtension(),
    ]
