"""Which assets of a product are data."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

_DATA_TYPE = re.compile(r"grib|netcdf|hdf5|x-tar|zip", re.IGNORECASE)
_BY_HTTP = re.compile(r"https?://", re.IGNORECASE)
_DATA_SUFFIX = re.compile(r"\.(grib2?|grb2?|gb2|nc4?|cdf|h5|hdf5|zip|tar|tgz|gz)$", re.IGNORECASE)


def address_of(asset: Mapping[str, Any]) -> str:
    """Return where an asset lies: by http(s), if that is an alternate of its own link.

    Data spaces link objects by ``s3://`` and name the download as an alternate (STAC extension
    Alternate Assets).
    """
    href = str(asset.get("href", ""))
    others = asset.get("alternate")
    named = others.values() if isinstance(others, Mapping) else ()
    links = [href, *(str(other.get("href", "")) for other in named if isinstance(other, Mapping))]
    return next((link for link in links if is_by_http(link)), href)


def is_by_http(link: str) -> bool:
    """Return True where a link leads to a web server."""
    return _BY_HTTP.match(link) is not None


def is_data(key: str, asset: Mapping[str, Any], wanted: str | None) -> bool:
    """Return True where an asset is to be taken.

    ``wanted`` is a regex of keys. Without one an asset is data that says so by its media type,
    or, where it has none, by its role or the name in its link.
    """
    if wanted is not None:
        return re.search(wanted, key) is not None
    roles = asset.get("roles") or []
    if "metadata" in roles or "thumbnail" in roles:
        return False
    media_type = asset.get("type")
    if media_type and media_type != "application/octet-stream":
        return _DATA_TYPE.search(media_type) is not None
    path = urlsplit(str(asset.get("href", ""))).path
    return "data" in roles or _DATA_SUFFIX.search(path) is not None
