"""Where in the lake the things of an item revision lie."""

from lake.ledger.items import LedgeredItem

CUBE, METRICS, REPORT = ".zarr", ".metrics.csv", ".quality.html"
DATA_DOCS, QUICKLOOK = ".datadocs.html", ".quicklook.png"
OF_A_REVISION = (CUBE, METRICS, REPORT, DATA_DOCS, QUICKLOOK)
"""The endings of all that may lie beside one another for one revision."""


def cube(item: LedgeredItem) -> str:
    """Return the key of the Zarr store."""
    return f"{_stem(item)}{CUBE}"


def metrics(item: LedgeredItem) -> str:
    """Return the key of the metrics table, as CSV."""
    return f"{_stem(item)}{METRICS}"


def report(item: LedgeredItem) -> str:
    """Return the key of the quality report, as HTML."""
    return f"{_stem(item)}{REPORT}"


def data_docs(item: LedgeredItem) -> str:
    """Return the key of Great Expectations' Data Docs, as HTML."""
    return f"{_stem(item)}{DATA_DOCS}"


def quicklook(item: LedgeredItem) -> str:
    """Return the key of the picture, as PNG."""
    return f"{_stem(item)}{QUICKLOOK}"


def of_a_revision(item: LedgeredItem) -> list[str]:
    """Return the keys of all that may lie beside one another for one revision."""
    return [f"{_stem(item)}{ending}" for ending in OF_A_REVISION]


def growing_cube(collection: str) -> str:
    """Return the key of a collection's growing cube, an Icechunk repository."""
    return f"growing/{collection}"


def _stem(item: LedgeredItem) -> str:
    return f"cubes/{item.collection}/{item.key}/{item.revision}"
