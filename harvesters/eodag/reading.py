"""What a page of a search holds, as features that ``restore`` reads back.

EODAG evaluates some forty JSON paths for each item, and its ``as_dict`` makes a model of all of
STAC for each: 1 and 25 ms. An item of a STAC API whose block maps nothing of its own is as good
as it came.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy, deepcopy
from typing import Any

from eodag import EOProduct
from eodag.api.search_result import RawSearchResult
from eodag.plugins.search.qssearch import StacSearch
from shapely.errors import ShapelyError

from harvesters.blocks import Block

_WORLD = {
    "type": "Polygon",
    "coordinates": [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]],
}
_HIDDEN = frozenset({"geometry", "id"})
# What EODAG raises at an entry that is not as its block says.
_UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, ShapelyError)
_LONGEST_NAME = 80

Normalise = Callable[..., list[EOProduct]]


def reads_plainly(plugin: Any, block: Block, collection: str) -> bool:  # noqa: ANN401 - untyped
    """Return True where EODAG's reading of an item would be the item itself."""
    search = block.get("search") or {}
    product = (block.get("products") or {}).get(collection) or {}
    return (
        type(plugin) is StacSearch
        and "metadata_mapping" not in search
        and "metadata_mapping" not in product
        and not search.get("asset_key_from_href", True)
    )


def one_by_one(
    normalise: Normalise, results: RawSearchResult, **asked: object
) -> tuple[list[EOProduct], list[str]]:
    """Return the products that EODAG makes of a page, and of each entry that it cannot read, why.

    Left to itself it gives up the page. It changes what it reads, so a second try takes a copy.
    """
    untouched = deepcopy(results.data)
    try:
        return normalise(results, **asked), []
    except _UNREADABLE:
        pass
    products: list[EOProduct] = []
    unreadable: list[str] = []
    for entry in untouched:
        alone = copy(results)
        alone.data = [entry]
        try:
            products.extend(normalise(alone, **asked))
        except _UNREADABLE as error:
            unreadable.append(
                f"{_name(entry)} cannot be read by the provider's block: "
                f"{type(error).__name__}: {error}"
            )
    return products, unreadable


def of_items(
    items: Sequence[object], provider: str, collection: str
) -> tuple[tuple[dict[str, Any], ...], list[str]]:
    """Return plain STAC items as EODAG's default mapping has them, and what is no item."""
    read = tuple(_of_item(i, provider, collection) for i in items if isinstance(i, Mapping))
    return read, [f"{i!r} is no item" for i in items if not isinstance(i, Mapping)]


def of_product(product: EOProduct) -> dict[str, Any]:
    """Return a product as ``as_dict`` writes it, without the model that nothing here needs."""
    shape = product.geometry.__geo_interface__
    known = {key: value for key, value in product.properties.items() if key not in _HIDDEN}
    return {
        "type": "Feature",
        "id": product.properties["id"],
        "collection": product.collection,
        "geometry": shape,
        "properties": {
            **known,
            "eodag:provider": product.provider,
            "eodag:search_intersection": shape,
        },
        "assets": product.assets.as_dict(),
        "links": product.links,
    }


def _name(entry: object) -> str:
    names = entry if isinstance(entry, Mapping) else {}
    name = next((names[key] for key in ("id", "Id", "identifier") if key in names), entry)
    return repr(name)[:_LONGEST_NAME]


def _of_item(item: Mapping[str, Any], provider: str, collection: str) -> dict[str, Any]:
    shape = item.get("geometry") or _WORLD
    return {
        "type": "Feature",
        "id": item.get("id"),
        "collection": collection,
        "geometry": shape,
        "properties": {
            **(item.get("properties") or {}),
            "title": item.get("id"),
            "order:status": "succeeded",
            "eodag:provider": provider,
            "eodag:search_intersection": shape,
        },
        "assets": item.get("assets") or {},
        "links": item.get("links") or [],
    }
