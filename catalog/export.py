"""The catalogue as files: a static STAC catalogue that can be moved together with the lake.

    catalog.json
    <collection>/collection.json
    <collection>/<item>/<item>.json

Items come before the collection that names them, and what is gone is removed last. An older
revision stays as ``<item>@<revision>``, reached from the newer one.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.collection import describe_collection, forgotten, overview
from catalog.item import STAC_VERSION
from catalog.search import Found, collections, published
from catalog.snapshot import MEDIA_TYPE as PARQUET
from catalog.snapshot import NAMES as SNAPSHOTS
from catalog.template import StacTemplate
from catalog.tree import Tree, file_name
from catalog.validation import check_collection
from catalog.versions import in_tree, line
from lake.ledger import revisions
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Ledger

_JSON, _GEOJSON = "application/json", "application/geo+json"


@dataclass(frozen=True, slots=True)
class Exported:
    """How many items are in the catalogue, and what was done to its files."""

    items: int
    written: int
    removed: int


def export(ledger: Ledger, root: Path, templates: Mapping[str, StacTemplate]) -> Exported:
    """Bring the static catalogue at ``root`` up to what is published.

    Every collection of ``templates`` is in it, items or none; items of a collection that the
    portfolio knows no more stay, and say so. Only what changed is written.

    Raises:
        InvalidStac: a template does not make a STAC collection; its files stay as they were.
    """
    tree = Tree(root)
    with tree.alone():
        with ledger.begin() as tx:
            names = sorted({*templates, *collections(tx)})
        items = 0
        for name in names:
            with ledger.begin() as tx:
                found = list(published(tx, name))
                past = _by_key(revisions.older(tx, name))
            _export_collection(tree, name, templates.get(name) or forgotten(name), found)
            _export_older(tree, name, found, past)
            items += len(found)
        tree.put(root / "catalog.json", _catalogue(names))
        return Exported(items, tree.written, tree.remove_others(_exported(root)))


def _exported(root: Path) -> list[Path]:
    """Return what exports have left below ``root``; anything else is somebody's, not ours."""
    items = (path for path in root.glob("*/*/*.json") if path.stem == path.parent.name)
    return [*sorted(items), *sorted(root.glob("*/collection.json"))]


def _export_collection(
    tree: Tree, name: str, template: StacTemplate, found: Sequence[Found]
) -> None:
    folder = tree.root / file_name(name)
    links = [
        _link("root", "../catalog.json", _JSON),
        _link("parent", "../catalog.json", _JSON),
        *(_link("item", f"./{_place(f.key)}", _GEOJSON, f.key) for f in found),
        *(_link("alternate", f"./{p.name}", PARQUET) for p in sorted(folder.glob(SNAPSHOTS))),
    ]
    described = describe_collection(name, template, overview(found), links)
    check_collection(described)
    for item in found:
        path = folder / _place(item.key)
        tree.put(path, _pretty(_placed(json.loads(item.stac), path.parent)))
    tree.put(folder / "collection.json", _pretty(json.loads(described)))


def _export_older(
    tree: Tree, name: str, found: Sequence[Found], past: Mapping[str, Sequence[LedgeredItem]]
) -> None:
    """Keep the revisions that newer ones took the place of, deprecated and linked to those."""
    for item in found:
        before = past.get(item.key, ())
        known = line(item.key, [*(row.revision for row in before), item.revision])
        for row, version in zip(before, known, strict=False):
            path = tree.root / file_name(name) / _place(version.id)
            drawn = version.drawn(row.stac, in_tree)
            tree.put(path, _pretty(_placed(drawn, path.parent)))


def _by_key(rows: Sequence[LedgeredItem]) -> dict[str, list[LedgeredItem]]:
    gathered: dict[str, list[LedgeredItem]] = {}
    for row in rows:
        gathered.setdefault(row.key, []).append(row)
    return gathered


def _placed(stac: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return an item as it stands in its folder: local assets are named from there."""
    assets = {
        key: {**asset, "href": _from(folder, asset["href"])}
        for key, asset in stac["assets"].items()
    }
    links = [
        _link("root", "../../catalog.json", _JSON),
        _link("parent", "../collection.json", _JSON),
        *stac["links"],
    ]
    return {**stac, "assets": assets, "links": links}


def _from(folder: Path, href: str) -> str:
    is_local = "://" not in href and Path(href).is_absolute()
    return os.path.relpath(href, folder.absolute()) if is_local else href


def _catalogue(names: Sequence[str]) -> str:
    children = [
        _link("child", f"./{file_name(name)}/collection.json", _JSON, name) for name in names
    ]
    return _pretty(
        {
            "type": "Catalog",
            "stac_version": STAC_VERSION,
            "id": "inlet",
            "title": "Inlet",
            "description": "Earth-data cubes: harvested, judged and published by Inlet.",
            "links": [_link("root", "./catalog.json", _JSON), *children],
        }
    )


def _link(rel: str, href: str, media_type: str, title: str | None = None) -> dict[str, str]:
    link = {"rel": rel, "href": href, "type": media_type}
    return link if title is None else {**link, "title": title}


def _place(key: str) -> str:
    name = file_name(key)
    return f"{name}/{name}.json"


def _pretty(document: Any) -> str:  # noqa: ANN401 - JSON
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
