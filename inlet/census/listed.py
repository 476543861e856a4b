"""Catalogue ↔ static catalogue: are the files those of what is published?"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.tree import file_name
from inlet.census.gaps import Gap, Kind
from inlet.house import House
from lake.ledger import survey
from lake.ledger.states import ItemState
from lake.nouns import Window


def unlisted(house: House, collection: str, window: Window) -> Iterator[Gap]:
    """Give published revisions that the static catalogue does not have, or has otherwise."""
    folder = house.settings.catalog_root / file_name(collection)
    linked = _linked(folder / "collection.json")
    for page in survey.paged(
        house.ledger, lambda tx, after: survey.items_after(tx, collection, window, after)
    ):
        for item in page:
            if item.state is not ItemState.PUBLISHED:
                continue
            name = f"{file_name(item.key)}/{file_name(item.key)}.json"
            wrong = _wrong(folder / name, item.revision)
            if wrong is None and f"./{name}" not in linked:
                wrong = "its file is there, its collection does not link it"
            if wrong is not None:
                yield Gap(Kind.UNLISTED, item.key, wrong)


def orphaned(house: House, collection: str, older_than: datetime) -> Iterator[Gap]:
    """Give item files of the static catalogue that no published item stands behind."""
    root = house.settings.catalog_root
    files = sorted((root / file_name(collection)).glob("*/*.json"))
    for start in range(0, len(files), survey.PAGE):
        page = files[start : start + survey.PAGE]
        yield from _unbacked(house, collection, page, root, older_than)


def _unbacked(
    house: House, collection: str, page: Sequence[Path], root: Path, older_than: datetime
) -> Iterator[Gap]:
    ids = {file: str(_read(file).get("id", "")) for file in page}
    with house.ledger.begin() as tx:
        out = survey.published_ids(tx, collection, list(ids.values()))
    for file, found in ids.items():
        belongs = found in out and file.stem == file.parent.name == file_name(found)
        written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        if not belongs and written <= older_than:
            place = str(file.relative_to(root))
            detail = "a file of the static catalogue that no published item has"
            yield Gap(Kind.ORPHANED, place, detail, key=place, in_catalogue=True)


def _linked(collection: Path) -> set[str]:
    links = _read(collection).get("links", [])
    return {str(link.get("href")) for link in links if link.get("rel") == "item"}


def _wrong(file: Path, revision: str) -> str | None:
    if not file.exists():
        return "the static catalogue does not have it"
    came = _read(file).get("properties", {}).get("version")
    return None if came == revision else f"expected revision {revision}, came {came}"


def _read(file: Path) -> dict[str, Any]:
    """Return a file's JSON object; an empty one where there is none that can be read."""
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
