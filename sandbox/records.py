"""Products as flat records, as catalogues write them that know no STAC."""

from datetime import datetime
from urllib.parse import quote

from sandbox.orders import Json
from sandbox.showing import Shown

_WORLD = "POLYGON ((-180 -90, 180 -90, 180 90, -180 90, -180 -90))"


def record(data: str, shown: Shown) -> Json:
    """One product, whose bytes lie below ``data``."""
    product, stated = shown.product, shown.stated
    found = {
        "identifier": product.id,
        "collection": product.collection,
        "title": shown.title,
        "begin": written(product.start),
        "finish": written(product.end),
        "published": written(product.published),
        "modified": written(product.updated),
        "footprint": _WORLD,
        "mediaType": product.media_type,
        "url": stated.href or url(data, shown),
        "size": stated.size,
        "md5": stated.md5,
    }
    return {name: value for name, value in found.items() if value is not None}


def url(data: str, shown: Shown) -> str:
    """Where the bytes lie below ``data``."""
    product = shown.product
    parts = (product.collection, product.id, product.file_name)
    return "/".join([data, *(quote(part) for part in parts)])


def written(time: datetime) -> str:
    """A time as ISO 8601 with milliseconds and Z."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"
