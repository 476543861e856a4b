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


def data_docs(item: LedgeredItem) -> str:
    """Return the key of Great Expectations' Data Docs, as HTML."""
    return f"{_stem(item)}.datadocs.html"


def quicklook(item: LedgeredItem) -> str:
    """Return the key of the picture, as PNG."""
    return f"{_stem(item)}.quicklook.png"


def _stem(item: LedgeredItem) -> str:
    return f"cubes/{item.collection}/{item.key}/{item.revision}"
