"""STAC documents (1.0.0): the catalogue, its collections, their items, which are all global."""

from urllib.parse import quote

from sandbox.holdings.products import Product
from sandbox.orders import Json
from sandbox.shelf import AtRest
from sandbox.stac_query import WORLD
from sandbox.stock import FILES, SST

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
}
SHA2_256 = "1220"
"""How a multihash of sha2-256 begins: its code, then its 32 bytes."""

_GEOJSON = "application/geo+json"
_RING = [[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]


def landing(here: str) -> Json:
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
            *(link("child", f"{here}/collections/{name}") for name in TITLES),
        ],
    }


def collection(here: str, name: str) -> Json:
    """One collection of the API at ``here``."""
    url = f"{here}/collections/{name}"
    return {
        "type": "Collection",
        "id": name,
        "stac_version": "1.0.0",
        "title": TITLES[name],
        "description": TITLES[name],
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


def item(here: str, product: Product, rest: AtRest, stated_sha256: str) -> Json:
    """One item of the API at ``here``, with its only asset, ``data``."""
    url = f"{here}/collections/{product.collection}"
    path = "/".join(quote(part) for part in (product.collection, product.id, product.file_name))
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [FILE_EXTENSION],
        "id": product.id,
        "collection": product.collection,
        "bbox": list(WORLD),
        "geometry": {"type": "Polygon", "coordinates": [_RING]},
        "properties": _properties(product),
        "links": [
            link("self", f"{url}/items/{quote(product.id)}", _GEOJSON),
            link("collection", url),
            link("root", here),
        ],
        "assets": {
            "data": {
                "href": f"{here}/data/{path}",
                "type": product.media_type,
                "roles": ["data"],
                "file:size": rest.size,
                "file:checksum": SHA2_256 + stated_sha256,
            }
        },
    }


def _properties(product: Product) -> Json:
    stamps = {
        "datetime": product.start,
        "start_datetime": product.start,
        "end_datetime": product.end,
        "created": product.published,
        "published": product.published,
        "updated": product.updated,
    }
    texts = {name: time.isoformat().replace("+00:00", "Z") for name, time in stamps.items()}
    return {**texts, "title": product.title}


def link(relation: str, href: str, media_type: str = "application/json") -> Json:
    """A link of any document."""
    return {"rel": relation, "href": href, "type": media_type}
