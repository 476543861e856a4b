"""EODAG's features (GeoJSON with STAC-like properties) read as products and remotes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from harvesters.assets import is_data
from harvesters.constraints import Holding, promised
from harvesters.errors import Misconfigured
from harvesters.fields_planned import fields_planned
from harvesters.gateway import Page, Product
from harvesters.pieces import Piece
from harvesters.provider import Provider
from harvesters.records import Record, request_digest, request_of
from harvesters.source import Source
from lake.nouns import Window

ORDERABLE, ORDERED, AT_HAND = "orderable", "ordered", "succeeded"
_INSTANT = timedelta(seconds=1)
_NO_ID = (None, "", "Not Available")  # the last is how EODAG says that a path leads nowhere
_PLACEHOLDER = "_ORDERABLE_"

Feature = Mapping[str, Any]


class UnreadableFeature(Exception):
    """A catalogue lists something that cannot be a product; it is named, and harms no other."""


def page_of(
    source: Source, provider: Provider, found: Sequence[dict[str, Any]], stated: int | None
) -> Page:
    """Return a page of the products that a catalogue lists."""
    products, unreadable = [], []
    for feature in found:
        try:
            products.append(listed(source, provider, feature))
        except UnreadableFeature as error:
            unreadable.append(str(error))
    return Page(tuple(products), stated, tuple(unreadable))


def listed(source: Source, provider: Provider, feature: dict[str, Any]) -> Product:
    """Return the product that a catalogue lists.

    Raises:
        UnreadableFeature: it has no id, or no time that can be read.
    """
    properties = feature["properties"]
    if feature.get("id") in _NO_ID:
        raise UnreadableFeature(f"{properties.get('title') or 'an entry'!r} has no id")
    native_id = _identity(feature)
    stamp = properties.get(provider.stamp) if provider.stamp else None
    return Product(
        native_id=native_id,
        title=str(properties.get("title") or native_id),
        window=window_of(feature),
        stamp=None if stamp is None else str(stamp),
        needs_order=properties.get("order:status") == ORDERABLE,
        record=Record(provider.id, feature, source.assets).to_text(),
        geometry=feature.get("geometry"),
    )


def ordered(
    source: Source, part: str, feature: dict[str, Any], piece: Piece, holding: Holding
) -> Product:
    """Return the product that an order over ``piece`` would make of what an archive holds."""
    link = str(feature["properties"]["eodag:order_link"])
    digest = request_digest(link)
    promise = promised(request_of(link), fields_planned(piece), holding)
    return Product(
        native_id=digest,
        title=f"{source.collection_of(part)}-{digest[:12]}",
        window=piece.window,
        stamp=None,
        needs_order=True,
        record=Record(source.provider, feature, source.assets).to_text(),
        fields=promise.fields if source.counts_fields else None,
        absent=promise.absent,
    )


def _identity(feature: Feature) -> str:
    """Return the provider's id, but of an order's placeholder the digest of its request.

    The digest in such a placeholder's id is made over lists whose order changes from process to
    process.
    """
    native_id = str(feature["id"])
    link = feature["properties"].get("eodag:order_link")
    return request_digest(str(link)) if _PLACEHOLDER in native_id and link else native_id


def window_of(feature: Feature) -> Window:
    """Return when a feature is, half-open; an instant lasts for a second.

    Raises:
        UnreadableFeature: the feature has no time that can be read.
    """
    properties = feature["properties"]
    start = properties.get("start_datetime") or properties.get("datetime")
    end = properties.get("end_datetime") or start
    try:
        begins, ends = _moment(start), _moment(end)
    except (TypeError, ValueError) as error:
        raise UnreadableFeature(
            f"{feature.get('id')!r} has no ISO times: {start!r} … {end!r}"
        ) from error
    return Window(begins, ends if ends > begins else begins + _INSTANT)


def chosen_assets(feature: Feature, record: Record) -> dict[str, dict[str, Any]]:
    """Return the assets to fetch by key; a product without assets is one file itself.

    Raises:
        Misconfigured: there are assets, and none of them is data.
    """
    assets = feature.get("assets") or {}
    if not assets:
        return {"data": _whole_product(feature)}
    chosen = {key: a for key, a in assets.items() if is_data(key, a, record.assets)}
    if not chosen:
        raise Misconfigured(
            f"{record.provider}: expected a data asset, came {', '.join(sorted(assets))}; name "
            "those to take in the collection's `assets`"
        )
    return dict(sorted(chosen.items()))


def size_of(asset: Feature) -> int | None:
    """Return the size in bytes that an asset promises, if it does."""
    size = asset.get("file:size")
    return int(size) if isinstance(size, int | str) and str(size).isdigit() else None


def _whole_product(feature: Feature) -> dict[str, Any]:
    properties = feature["properties"]
    promised = {
        name: properties[name]
        for name in ("file:size", "file:checksum", "type")
        if name in properties
    }
    return {"href": properties.get("eodag:download_link", ""), **promised}


def _moment(text: object) -> datetime:
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
