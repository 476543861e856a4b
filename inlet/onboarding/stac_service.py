"""What a STAC service says of itself at its URL: an API to search, or a catalogue of files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from harvesters import blocks
from harvesters.assets import address_of
from harvesters.gateway import Policy
from harvesters.looking import document
from inlet.errors import UnfitDraft

_MOST_PAGES = 20
_MOST_CHILDREN = 100
_DEEPEST = 6
_STAMPS = ("updated", "published", "created")

Json = Mapping[str, Any]
Placed = tuple[Json, str]
"""A document and where it lies."""


@dataclass(frozen=True, slots=True)
class Service:
    """A STAC service. ``search`` is where its items are searched; None for a catalogue of files.

    ``sample`` is one of its items, where one could be had.
    """

    url: str
    title: str
    id: str
    search: str | None
    sorts: bool
    collections: tuple[Json, ...]
    sample: Json | None = None

    @property
    def stamp(self) -> str | None:
        """Return the property of the sample that holds when it was published."""
        said = (self.sample or {}).get("properties") or {}
        return next((name for name in _STAMPS if said.get(name)), None)

    @property
    def hosts(self) -> frozenset[str]:
        """Return where the sample's bytes lie, each as ``host:port``."""
        assets = (self.sample or {}).get("assets") or {}
        links = [address_of(asset) for asset in assets.values() if isinstance(asset, Mapping)]
        return frozenset(map(blocks.host_and_port, links)) - {""}


def read(url: str, policy: Policy, wanted: Sequence[str] = ()) -> Service:
    """Read what is told at ``url``, and one item of the first collection that is wanted.

    Raises:
        HarvestError: it could not be read.
        UnfitDraft: what lies there is no STAC, or has no such collection.
    """
    root, here = _root(url, policy)
    search = _search(root, here)
    chosen = _chosen(_placed(root, here, policy), wanted)
    sample = _searched(search, chosen, policy) if search else _walked(chosen, policy)
    return Service(
        url=url,
        title=str(root.get("title") or root.get("id") or url),
        id=str(root.get("id") or ""),
        search=search,
        sorts=any(str(c).endswith("item-search#sort") for c in root.get("conformsTo") or ()),
        collections=tuple(described for described, _ in chosen),
        sample=sample,
    )


def listed(url: str, policy: Policy) -> tuple[Json, ...]:
    """Return the collections that are told of at ``url``.

    Raises:
        HarvestError, UnfitDraft: as ``read``.
    """
    root, here = _root(url, policy)
    return tuple(described for described, _ in _placed(root, here, policy))


def _root(url: str, policy: Policy) -> Placed:
    root = document(url, policy)
    if "stac_version" not in root:
        raise UnfitDraft(
            f"expected the root of a STAC API or catalogue at {url}, came JSON without "
            "`stac_version`; give the URL of its landing page, a shipped provider "
            "(`eodag:<name>`), or a YAML file"
        )
    return root, url if url.endswith(".json") else f"{url.rstrip('/')}/"


def _search(root: Json, here: str) -> str | None:
    return _link(root, "search", here, "POST") or _link(root, "search", here)


def _placed(root: Json, here: str, policy: Policy) -> list[Placed]:
    """Return the collections that are told of; one without an id cannot be asked for."""
    is_api = _search(root, here) is not None
    there = _listed(root, here, policy) if is_api else _children(root, here, policy)
    return [placed for placed in there if placed[0].get("id")]


def _listed(root: Json, here: str, policy: Policy) -> list[Placed]:
    page_url = _link(root, "data", here) or urljoin(here, "collections")
    found: list[Placed] = []
    for _ in range(_MOST_PAGES):
        page = document(page_url, policy)
        found += [(c, page_url) for c in page.get("collections") or () if isinstance(c, Mapping)]
        following = _link(page, "next", page_url)
        if following is None or following == page_url:
            break
        page_url = following
    return found


def _children(root: Json, here: str, policy: Policy) -> list[Placed]:
    if root.get("type") == "Collection":
        return [(root, here)]
    hrefs = list(_links(root, "child", here))[:_MOST_CHILDREN]
    found = [(document(href, policy), href) for href in hrefs]
    return [(child, href) for child, href in found if child.get("type") == "Collection"]


def _chosen(there: Sequence[Placed], wanted: Sequence[str]) -> list[Placed]:
    known = {str(placed[0]["id"]): placed for placed in there}
    missing = [name for name in wanted if name not in known]
    if missing or not known:
        names = ", ".join(sorted(known)[:40]) or "none"
        raise UnfitDraft(
            f"expected collections of those that the service lists ({names}), came "
            f"{', '.join(missing) or 'none'}"
        )
    return [known[name] for name in wanted or known]


def _searched(search: str, chosen: Sequence[Placed], policy: Policy) -> Json | None:
    """Return the first item of a collection; a search that answers otherwise tells nothing."""
    name = str(chosen[0][0]["id"])
    page = document(f"{search}?limit=1&collections={name}", policy)
    items = [item for item in page.get("features") or () if isinstance(item, Mapping)]
    return items[0] if items else None


def _walked(chosen: Sequence[Placed], policy: Policy) -> Json | None:
    node, at = chosen[0]
    for _ in range(_DEEPEST):
        item = next(_links(node, "item", at), None)
        if item is not None:
            return document(item, policy)
        below = next(_links(node, "child", at), None)
        if below is None:
            return None
        node, at = document(below, policy), below
    return None


def _link(node: Json, rel: str, here: str, method: str | None = None) -> str | None:
    return next(_links(node, rel, here, method), None)


def _links(node: Json, rel: str, here: str, method: str | None = None) -> Iterator[str]:
    for link in node.get("links") or ():
        if not isinstance(link, Mapping) or link.get("rel") != rel or "href" not in link:
            continue
        if method is None or link.get("method") == method:
            yield urljoin(here, str(link["href"]))
