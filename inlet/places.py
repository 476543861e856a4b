"""Where in the lake the things of an item revision lie."""

from lake.ledger.items import LedgeredItem


def cube(item: LedgeredItem) -> str:
    """Return the key of the Zarr store."""
    return f"{_stem(item)}.zarr"


def metrics(item: LedgeredItem) -> str:
    """Return the key of the metrics table, as CSV."""
    return f"{_stem(item)}.metrics.csv"


def report(item: LedgeredItem) -> str:
    """Return the key of the quality report, as HTML."""
    return f"{_stem(item)}.quality.html"


def _stem(item: LedgeredItem) -> str:
    return f"cubes/{item.collection}/{item.key}/{item.revision}"
