"""A provider's product as an offer of a collection: the one way, for harvest and census alike."""

from collections.abc import Iterable

from harvesters.gateway import Product
from harvesters.source import MAIN, Source
from lake.nouns import Offer, Window


def offers_of(
    collection: str,
    source: Source,
    part: str,
    products: Iterable[Product],
    within: Window | None = None,
) -> list[Offer]:
    """Return the offers for products; of a window, only those whose data reach into it.

    The same product may serve several parts of an item: each is an offer of its own.
    """
    return [
        _offer(collection, source, part, product)
        for product in products
        if within is None or _overlap(product.window, within)
    ]


def _overlap(one: Window, other: Window) -> bool:
    return one.start < other.end and one.end > other.start


def _offer(collection: str, source: Source, part: str, product: Product) -> Offer:
    window = product.window
    return Offer(
        collection=collection,
        provider=source.provider,
        native_id=product.native_id if part == MAIN else f"{product.native_id}#{part}",
        stamp=product.stamp,
        part=part,
        item_key=source.item_key(window.start, window.end, product.native_id, part, product.title),
        window=window,
        needs_order=product.needs_order,
        product=product.record,
        fields_planned=product.fields,
    )
