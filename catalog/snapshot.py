"""Collections as stac-geoparquet: what is published at one moment, in files of bounded size.

<collection>/items.parquet, items-2.parquet, …
"""

import json
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from catalog.search import Found, published
from catalog.tree import file_name
from lake.ledger.ledger import Ledger

MOST_ITEMS = 20_000
"""In one file: they are held in memory together, for Arrow takes its schema from all of them."""
MEDIA_TYPE = "application/vnd.apache.parquet"
NAMES = "items*.parquet"


def snapshot(ledger: Ledger, root: Path, collection: str, most: int = MOST_ITEMS) -> list[Path]:
    """Write all published items of a collection below ``root``, the static catalogue's.

    Each file appears whole, in the place of that of the last snapshot; files of an earlier one
    that are not needed any more go last. Returns the files, in the order of the items' keys.
    """
    folder = root / file_name(collection)
    folder.mkdir(parents=True, exist_ok=True)
    with ledger.begin() as tx:
        parts = _parts(published(tx, collection), most)
        written = [_write(folder, number, items) for number, items in enumerate(parts, 1)]
    for left in set(folder.glob(NAMES)) - set(written):
        left.unlink()
    return written


def _parts(found: Iterator[Found], most: int) -> Iterator[list[dict[str, Any]]]:
    while part := [_full(json.loads(one.stac)) for one in islice(found, most)]:
        yield part


def _full(document: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a document without its empty objects: Parquet has no column for what has no field."""
    if isinstance(document, dict):
        return {name: _full(value) for name, value in document.items() if value != {}}
    if isinstance(document, list):
        return [_full(value) for value in document]
    return document


def _write(folder: Path, number: int, items: Sequence[dict[str, Any]]) -> Path:
    import rustac  # noqa: PLC0415 - 90 MB, which only a snapshot needs

    path = folder / ("items.parquet" if number == 1 else f"items-{number}.parquet")
    fresh = folder / f".{path.name}.{os.getpid()}"
    rustac.write_sync(str(fresh), list(items), format="parquet", parquet_compression="zstd(3)")
    fresh.replace(path)
    return path
