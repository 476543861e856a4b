"""Which requests can be honoured to the letter. All others are refused, with the reason.

A request chooses items; it never changes what an item is. Where a choice cannot be kept to,
nothing is harvested: neither more than was asked for, nor less.
"""

from harvesters.errors import NotHonoured
from harvesters.request import HarvestRequest
from inlet.collection import Collection
from inlet.portfolio import Portfolio


def admit(portfolio: Portfolio, request: HarvestRequest) -> None:
    """Return where the request can be honoured.

    Raises:
        NotHonoured: it cannot be.
    """
    collection = portfolio.collections.get(request.collection)
    if collection is None:
        known = ", ".join(sorted(portfolio.collections)) or "none"
        raise NotHonoured(
            "unknown-collection", f"expected one of {known}, came {request.collection!r}"
        )
    if request.variables:
        raise NotHonoured(
            "variables",
            f"an item of {collection.id} holds all its variables, and one with fewer would take "
            "its place; ask for the items, and read the variables that you want from their cubes",
        )
    if request.area is not None:
        _require_places(collection)


def _require_places(collection: Collection) -> None:
    ordering = [source.provider for source in collection.sources if source.split is not None]
    if ordering:
        raise NotHonoured(
            "area",
            f"{', '.join(ordering)} takes orders for {collection.id}, and each covers all of its "
            "grid: an item of a part of it would take the whole one's place; ask for the window "
            "or for items by their ids",
        )
