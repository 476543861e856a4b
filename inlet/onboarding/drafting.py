"""Documents of providers and collections as they are first proposed."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from catalog.template import Role
from harvesters import blocks
from inlet.onboarding import naming
from inlet.onboarding.stac_service import Service

_LICENSE = re.compile(r"[\w.+-]+")
_NO_LICENSE = frozenset({"proprietary", "various"})  # STAC 1.1: now "other"
_ROLES = frozenset(get_args(Role))
_SORTABLE = {"id": "id", "start_datetime": "properties.datetime"}

Document = dict[str, Any]


def provider_of(
    service: Service, name: str, credentials: Mapping[str, str], is_private: bool
) -> Document:
    """Return the provider that a STAC service is."""
    origin = blocks.host_and_port(service.search or service.url)
    block: Document = {
        "description": service.title,
        "priority": 0,
        "roles": ["host"],
        "url": service.url,
        "search": _search(service),
        "products": {str(c["id"]): {"_collection": str(c["id"])} for c in service.collections},
        "download": {"type": "HTTPDownload", "extract": False, "auth_error_code": [401, 403]},
    }
    if credentials:
        block["auth"] = _bearer(service)
    document: Document = {
        "id": name,
        "title": service.title,
        "eodag": block,
        "hosts": sorted({origin} | service.hosts),
    }
    if is_private:
        document["allow_private"] = True
    if credentials:
        document["credentials"] = dict(credentials)
    if service.stamp is not None:
        document["stamp"] = service.stamp
    return document


def collections_of(
    described: Iterable[Mapping[str, Any]], provider: str, taken: Iterable[str] = ()
) -> list[Document]:
    """Return the collections that STAC collections are, harvested from ``provider``.

    Each has an id of its own, which is none of ``taken``.
    """
    theirs = {str(collection["id"]): collection for collection in described}
    return [
        {
            "id": ours,
            "sources": [{"provider": provider, "collection": name, "key": "{native_id}"}],
            "stac": _template(theirs[name], name),
        }
        for name, ours in naming.of_collections(theirs, taken).items()
    ]


def _search(service: Service) -> Document:
    if service.search is None:
        return {
            "type": "StaticStacSearch",
            "api_endpoint": service.url,
            "asset_key_from_href": False,
            "timeout": 30,
            "max_connections": 8,
        }
    search: Document = {
        "type": "StacSearch",
        "api_endpoint": service.search,
        "asset_key_from_href": False,
        "discover_queryables": {"fetch_url": None, "collection_fetch_url": None},
        "pagination": {"next_page_token_key": "token", "max_limit": 100},
        "timeout": 30,
    }
    if service.sorts:
        stamp = {service.stamp: f"properties.{service.stamp}"} if service.stamp else {}
        search["sort"] = {"sort_param_mapping": {**_SORTABLE, **stamp}}
    return search


def _bearer(service: Service) -> Document:
    """Return how a token is shown, which is how most STAC services take one."""
    origin = re.match(r"https?://[^/]+", service.search or service.url)
    return {
        "type": "HTTPHeaderAuth",
        "matching_url": re.escape(origin[0]) if origin else "",
        "headers": {"Authorization": "Bearer {apikey}"},
    }


def _template(described: Mapping[str, Any], theirs: str) -> Document:
    title = str(described.get("title") or theirs)
    license_ = str(described.get("license") or "other")
    is_plain = _LICENSE.fullmatch(license_) and license_ not in _NO_LICENSE
    template: Document = {
        "title": title,
        "description": str(described.get("description") or title),
        "license": license_ if is_plain else "other",
    }
    keywords = [str(word) for word in described.get("keywords") or ()]
    providers = [_provider(p) for p in described.get("providers") or () if isinstance(p, Mapping)]
    links = [
        {"rel": "license", "href": str(link["href"])}
        for link in described.get("links") or ()
        if isinstance(link, Mapping) and link.get("rel") == "license" and "href" in link
    ]
    lists = {"keywords": keywords, "providers": [p for p in providers if p], "links": links}
    return template | {name: found for name, found in lists.items() if found}


def _provider(said: Mapping[str, Any]) -> Document:
    if not said.get("name"):
        return {}
    roles = [role for role in said.get("roles") or () if role in _ROLES]
    url = {"url": str(said["url"])} if said.get("url") else {}
    return {"name": str(said["name"]), "roles": roles, **url}
