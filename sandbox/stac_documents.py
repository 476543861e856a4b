"""STAC documents (1.0.0): the catalogue, its collections, their items, which are all global."""

from urllib.parse import quote

from sandbox.holdings import many
from sandbox.holdings.products import Product
from sandbox.orders import Json
from sandbox.shelf import AtRest, in_hand
from sandbox.showing import Shown, Stated
from sandbox.stac_query import WORLD
from sandbox.stock import FILES, SST, TICKS

CONFORMANCE = (
    "https://api.stacspec.org/v1.0.0/core",
    "https://api.stacspec.org/v1.0.0/collections",
    "https://api.stacspec.org/v1.0.0/ogcapi-features",
    "https://api.stacspec.org/v1.0.0/item-search",
    "https://api.stacspec.org/v1.0.0/item-search#query",
    "https://api.stacspec.org/v1.0.0/item-search#sort",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)
FILE_EXTENSION = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
TITLES = {
    SST: "Sandbox daily sea-surface temperature (NetCDF)",
    FILES: "GRIB and NetCDF files",
    TICKS: "Sandbox ticks: one small GRIB message every six hours",
    many.COLLECTION: "As many small GRIB messages as one likes",
}
SHA2_256 = "1220"
"""How a multihash of sha2-256 begins: its code, then its 32 bytes."""

_GEOJSON = "application/geo+json"
WORLD_POLYGON: Json = {
    "type": "Polygon",
    "coordinates": [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]],
}


def landing(here: str, collections: tuple[str, ...]) -> Json:
    """The root catalogue of the API at ``here``."""
    searches = [
        link("search", f"{here}/search", _GEOJSON) | {"method": m} for m in ("GET", "POST")
    ]
    return {
        "type": "Catalog",
        "id": "sandbox",
        "title": "Sandbox",
        "description": "Made-up data that behave like real ones.",
        "stac_version": "1.0.0",
        "conformsTo": list(CONFORMANCE),
        "links": [
            link("self", here),
            link("root", here),
            link("conformance", f"{here}/conformance"),
            link("data", f"{here}/collections"),
            *searches,
            *(link("child", f"{here}/collections/{name}") for name in collections),
        ],
    }


def collection(here: str, name: str) -> Json:
    """One collection of the API at ``here``."""
    url = f"{here}/collections/{name}"
    return {
        "type": "Collection",
        "id": name,
        "stac_version": "1.0.0",
        "title": TITLES.get(name, name),
        "description": TITLES.get(name, name),
        "license": "CC0-1.0",
        "extent": {
            "spatial": {"bbox": [list(WORLD)]},
            "temporal": {"interval": [["2024-01-01T00:00:00Z", None]]},
        },
        "links": [
            link("self", url),
            link("root", here),
            link("parent", here),
            link("items", f"{url}/items", _GEOJSON),
        ],
    }


def item(here: str, data: str, shown: Shown) -> Json:
    """One item of the API at ``here``; its only asset, ``data``, lies below ``data``."""
    product, url = shown.product, f"{here}/collections/{shown.product.collection}"
    assets = {"data": asset(f"{data}/{_path(product)}", product.media_type, shown.stated)}
    if shown.has_namesake:
        assets["quality"] = _namesake(data, product)
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [FILE_EXTENSION],
        "id": product.id,
        "collection": product.collection,
        "bbox": list(WORLD),
        "geometry": WORLD_POLYGON,
        "properties": properties(shown),
        "links": [
            link("self", f"{url}/items/{quote(product.id)}", _GEOJSON),
            link("collection", url),
            link("root", here),
        ],
        "assets": assets,
    }


def asset(href: str, media_type: str, stated: Stated) -> Json:
    """An asset, with size and checksum if they are stated."""
    described: Json = {"href": stated.href or href, "type": media_type, "roles": ["data"]}
    if stated.size is not None:
        described["file:size"] = stated.size
    if stated.sha256 is not None:
        described["file:checksum"] = SHA2_256 + stated.sha256
    return described


def namesake(product: Product) -> AtRest:
    """The bytes of a second asset whose file is called as the first one's."""
    return in_hand(f"quality flags of {product.id}\n".encode())


def _namesake(data: str, product: Product) -> Json:
    folder, _, name = _path(product).rpartition("/")
    rest = namesake(product)
    stated = Stated(rest.size, rest.sha256, rest.md5, None)
    return asset(f"{data}/{folder}/quality/{name}", "text/plain", stated) | {"roles": ["metadata"]}


def _path(product: Product) -> str:
    return "/".join(quote(p) for p in (product.collection, product.id, product.file_name))


def properties(shown: Shown) -> Json:
    """The properties of an item."""
    product = shown.product
    stamps = {
        "datetime": product.start,
        "start_datetime": product.start,
        "end_datetime": product.end,
        "created": product.published,
        "published": product.published,
        "updated": product.updated,
    }
    texts = {name: time.isoformat().replace("+00:00", "Z") for name, time in stamps.items()}
    offline = {"order:status": "orderable", "storage:tier": "offline"} if shown.is_offline else {}
    return {**texts, "title": shown.title, **offline}


def queryables(url: str, of: str, keys: tuple[str, ...] = ()) -> Json:
    """What a ``query`` may name; ``keys`` take one or several texts."""
    stamp = {"type": "string", "format": "date-time"}
    texts = {"type": "array", "items": {"type": "string"}}
    return {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "$id": url,
        "type": "object",
        "title": f"Queryables of {of}",
        "properties": {
            "id": {"type": "string"},
            "updated": stamp,
            "published": stamp,
            **dict.fromkeys(keys, texts),
        },
    }


def link(relation: str, href: str, media_type: str = "application/json") -> Json:
    """A link of any document."""
    return {"rel": relation, "href": href, "type": media_type}
